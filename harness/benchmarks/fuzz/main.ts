/**
 * `npm run fuzz -- --seconds 60 | --hours 2 [--target replies] [--seed 1] [--write]`: feeds everything that reads foreign bytes inputs that grow by what they
 * reach. `--write` keeps the smallest corpus in `fixtures/corpora`. Ends with status 1 when an error came that nobody documents.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../data/random.js';
import { makeFolder } from '../../host/make-folder.js';
import { packagePath } from '../../package-root.js';
import { fuzz } from '../../testing/fuzz/fuzzer.js';
import { fuzzTargets } from '../../testing/fuzz/targets.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    hours: { type: 'string' },
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const targets = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target);
const seconds = values.hours === undefined ? Number(values.seconds) : Number(values.hours) * 3600;
const milliseconds = (seconds * 1000) / targets.length;
let executions = 0;
let finds = 0;
for (const target of targets) {
  const folder = packagePath('fixtures', 'corpora', target.name);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const corpus = names.map(name => readFileSync(join(folder, name)));
  const result = await fuzz(
    target,
    new Random(Number(values.seed)),
    corpus,
    performance.now() + milliseconds,
  );
  process.stdout.write(
    `${target.name}: ${result.executions} executions, ${result.blocks} blocks, ${result.corpus.length} inputs, ${result.finds.length} finds\n`,
  );
  for (const { input, error } of result.finds)
    process.stdout.write(
      `  ${JSON.stringify(input.toString('latin1'))}: ${error instanceof Error ? error.stack : error}\n`,
    );
  executions += result.executions;
  finds += result.finds.length;
  if (!values.write) continue;
  makeFolder(folder);
  for (const name of names) rmSync(join(folder, name));
  for (const input of result.corpus)
    writeFileSync(join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16)), input);
}
process.stdout.write(`${executions} executions, ${finds} finds\n`);
process.exitCode = finds === 0 ? 0 : 1;
