/** `npm run lint`: every import of the program keeps the rules of `.dependency-cruiser.mjs`. */
import { complaints, cruiseProject } from './cruise.js';

const seen = await cruiseProject();
const found = complaints(seen);
for (const line of found) process.stderr.write(`${line}\n`);
if (found.length > 0) process.exitCode = 1;
else process.stdout.write(`${seen.modules.length} modules keep to their floors\n`);
