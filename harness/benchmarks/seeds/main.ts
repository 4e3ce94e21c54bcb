/**
 * `npm run bench:seeds -- --out DIR [--mode folds|test|people] [--seeds 10] [--first 1] [--bundle NAME] [--jobs 1]`: many seeds of our own
 * cascades, each training in a process of its own, judged by the golden interpreter. Begun again with the same folder, it goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { configurations } from '../../train/little-first/bundle.js';
import { recipeDigest } from './recipe.js';
import { peopleTable, rowsOf, seedsTable } from './table.js';
import { folderOf, type Mode, modes, type Result, type Task, tasksOf } from './tasks.js';
import { resultOf } from './work.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    mode: { type: 'string', default: 'folds' },
    seeds: { type: 'string', default: '10' },
    first: { type: 'string', default: '1' },
    bundle: { type: 'string', multiple: true },
    jobs: { type: 'string', default: '1' },
  },
});
const known = configurations.map(c => c.bundle);

function countOf(option: 'seeds' | 'first' | 'jobs'): number {
  const count = Number(values[option]);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new LittlefirstError('LF_USAGE', `--${option} is not usable`, {
    expected: 'a whole number above 0',
    received: values[option],
  });
}

function oneOf<T extends string>(option: string, allowed: readonly T[], received: string): T {
  const found = allowed.find(value => value === received);
  if (found !== undefined) return found;
  throw new LittlefirstError('LF_USAGE', `--${option} is not usable`, {
    expected: allowed.join(', '),
    received,
  });
}

/** Runs a task in a process of its own: TensorFlow.js holds one thread and its memory, and gives both back by ending. */
async function runTask(task: Task, recipe: string, out: string): Promise<void> {
  const words = [JSON.stringify(task), recipe, out];
  const code = `import(${JSON.stringify(moduleHref('benchmarks/seeds/work'))}).then(({ work }) => {
    const [task, recipe, out] = process.argv.slice(1);
    return work(JSON.parse(task), recipe, out);
  });`;
  const child = spawn(process.execPath, [...nodeWords, '-e', code, '--', ...words], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [exitCode, signal] = await once(child, 'exit');
  if (exitCode !== 0)
    throw new LittlefirstError('LF_TRAINING_FAILED', `${folderOf(task)} did not end well`, {
      expected: 'exit code 0',
      received: signal ?? String(exitCode),
      hint: 'begin again with the same --out: what is done is kept',
    });
}

if (values.out === undefined)
  throw new LittlefirstError('LF_USAGE', 'Nowhere to keep the results', { expected: '--out DIR' });
const { out } = values;
const mode: Mode = oneOf('mode', modes, values.mode);
const bundles = (values.bundle ?? known).map(name => oneOf('bundle', known, name));
const first = countOf('first');
const seeds = Array.from({ length: countOf('seeds') }, (_, i) => first + i);
const tasks = tasksOf(mode, bundles, seeds);
const recipe = recipeDigest();
makeFolder(out);
const waiting = tasks.filter(task => resultOf(task, recipe, out) === undefined);
console.error(`${tasks.length - waiting.length} of ${tasks.length} trainings are done`);
await Promise.all(
  Array.from({ length: countOf('jobs') }, async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift())
      await runTask(task, recipe, out);
  }),
);
const results: Result[] = tasks.map(task => resultOf(task, recipe, out)!);
console.log(
  `recipe ${recipe.slice(0, 12)}, ${mode}\n\n${seedsTable(rowsOf(results, tasks.length / (seeds.length * bundles.length)))}`,
);
for (const bundle of bundles)
  console.log(`\n${bundle}, published order\n\n${peopleTable(results, bundle, 'published')}`);
