import { writeFileSync } from 'node:fs';
import { jsonSchema, schemaNames } from '../../library/schemas.js';
import { packagePath } from '../../package-root.js';

/** `npm run docs:schemas`: the JSON Schemas that the package publishes. */
for (const name of schemaNames)
  writeFileSync(
    packagePath('docs', 'schemas', `${name}.json`),
    `${JSON.stringify(jsonSchema(name), null, 2)}\n`,
  );
