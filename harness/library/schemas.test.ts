import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { getLanguageService } from 'yaml-language-server';
import { parseYamlText } from '../campaign/bench/yaml-file.js';
import { packagePath } from '../package-root.js';
import { testJournal } from '../testing/record/run.js';
import { evaluateRun } from '../verdict/open-run.js';
import { jsonSchema, type SchemaName, schemaNames } from './schemas.js';

/** The server keeps what it parsed by address and version: every text has an address of its own. */
let documents = 0;

/** What an editor says of a text: the messages of the YAML language server, with its schema given as the package publishes it. */
async function complaints(name: SchemaName, text: string): Promise<string[]> {
  const service = getLanguageService({
    schemaRequestService: uri => Promise.reject(new Error(`${uri} is not to be fetched`)),
    workspaceContext: { resolveRelativePath: relative => relative },
  });
  const schema: unknown = JSON.parse(readFileSync(packagePath('docs', 'schemas', `${name}.json`), 'utf8'));
  service.configure({
    validate: true,
    schemas: [{ uri: `littlefirst:${name}`, fileMatch: ['*'], schema: schema as object }],
  });
  const document = TextDocument.create(`file:///${++documents}.yaml`, 'yaml', 1, text);
  return (await service.doValidation(document, false)).map(({ message }) => message);
}

const filesIn = (...folder: string[]) =>
  readdirSync(packagePath('fixtures', ...folder))
    .filter(file => file.endsWith('.yaml'))
    .map(file => join('fixtures', ...folder, file));

const read = (file: string) => readFileSync(packagePath(file), 'utf8');

describe('published JSON Schemas', function () {
  this.timeout(60_000);

  for (const name of schemaNames)
    it(`should be those of the program: ${name} (else: npm run docs:schemas)`, () => {
      const published: unknown = JSON.parse(read(join('docs', 'schemas', `${name}.json`)));
      expect(published).to.deep.equal(JSON.parse(JSON.stringify(jsonSchema(name))));
    });

  const bundles = readdirSync(packagePath('fixtures', 'bundles'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => join('fixtures', 'bundles', name, 'bundle.yaml'));
  for (const [name, files] of [
    ['bench', filesIn('benches')],
    ['board', filesIn('boards')],
    ['chip', filesIn('chips')],
    ['bundle', bundles],
  ] as const)
    it(`should let an editor accept every shipped ${name}`, async () => {
      expect(files.length).to.be.greaterThan(2);
      for (const file of files) expect(await complaints(name, read(file)), file).to.deep.equal([]);
    });

  it('should let an editor complain of the mistakes that the program refuses', async () => {
    const bench = read('fixtures/benches/default.yaml');
    for (const [from, to] of [
      ['levels:', 'levles:'],
      ['board: rp2040', 'board: 5'],
      ['windows: 360', 'windows: many'],
      ['set: synthetic', 'set: mnist'],
      ['driver: ppk2', 'driver: ppk3'],
      ['[133MHz, 64MHz, 24MHz]', '[133]'],
      ['meter: {', 'flasher: { tool: magic }\nmeter: {'],
    ]) {
      expect(bench).to.contain(from);
      expect(await complaints('bench', bench.replace(from, to)), to).to.not.deep.equal([]);
    }
  });

  it('should accept a list of targets, and no misspelt metric', async () => {
    const targets = (parseYamlText(read('fixtures/benches/default.yaml')) as { targets: object[] }).targets;
    expect(await complaints('targets', JSON.stringify(targets))).to.deep.equal([]);
    expect(await complaints('targets', '- { name: x, metric: acuracy, atLeast: 1 }')).to.not.deep.equal([]);
  });

  it('should accept what the program writes down', async () => {
    const records = testJournal({ windows: 4 });
    const run = JSON.stringify(evaluateRun(records).record, null, 1);
    expect(await complaints('run', run)).to.deep.equal([]);
    expect(await complaints('run', run.replace('"outcome"', '"outcom"'))).to.not.deep.equal([]);
    const kinds = new Map(records.map(record => [record.kind, record]));
    for (const record of kinds.values())
      expect(await complaints('journal', JSON.stringify(record)), record.kind).to.deep.equal([]);
    expect(await complaints('journal', '{ "kind": "nothing" }')).to.not.deep.equal([]);
  });
});
