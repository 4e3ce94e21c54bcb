/**
 * What stands in the place of `littlefirst run` in the trial: it holds its device as a run does, works for a while, writes a record and a file that no
 * other run has, and ends when its standard input does. All that it did it also tells a witness, whom the farm does not know.
 * Words: the witness' file, a record to begin with, the longest work in milliseconds, and those of `littlefirst run`.
 */
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { waitForDevice } from '../../wire/devices/lock.js';

const [witness, record, longest, ...words] = process.argv.slice(2);
const after = (name: string): string => words[words.indexOf(name) + 1];
const [fence, attempt] = after('--lease').split(':');
const device = after('--hold');
const out = after('--out');

process.stdin.on('end', () => process.exit(3)).resume();
process.on('SIGTERM', () => process.exit(130));

const tell = (event: 'begin' | 'end', more: object = {}): void =>
  appendFileSync(witness, `${JSON.stringify({ event, attempt, fence: Number(fence), device, ...more })}\n`);
const hashOf = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/* A run waits as long for the one before it on its device: the worker of that one may have died a moment ago. */
const held = await waitForDevice({ path: device }, 45_000);
tell('begin');
const chance = createHash('sha256').update(attempt).digest();
await pause((Number(longest) * (1 + chance[0])) / 256);
/* Every fifth misses its target: a result like the others. */
const outcome = chance[1] < 51 ? 'fail' : 'pass';
const made = {
  ...(JSON.parse(readFileSync(record, 'utf8')) as object),
  ...{ id: `run-${attempt}`, lease: { fence: Number(fence), attempt }, outcome },
};
const files: Record<string, string | Buffer> = {
  'windows.csv': randomBytes(20_000).toString('hex'),
  'run.json': JSON.stringify(made),
};
mkdirSync(out);
for (const [name, content] of Object.entries(files)) writeFileSync(join(out, name), content);
tell('end', {
  files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, hashOf(content)])),
});
await held.release();
process.exit(outcome === 'fail' ? 1 : 0);
