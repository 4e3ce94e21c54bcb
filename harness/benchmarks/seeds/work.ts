import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadWindows } from '../../data/load.js';
import type { Order, Split, WindowSet } from '../../data/types.js';
import { LittlefirstError } from '../../errors.js';
import { loadBundle } from '../../model/load.js';
import { subjectFolds } from '../../train/people.js';
import { trainBundleOn } from '../../train/train.js';
import { judge } from './judge.js';
import { joinSets, windowsOfPeople } from './people.js';
import { foldCount, folderOf, type Result, type Task } from './tasks.js';

const orders: readonly Order[] = ['published', 'chronological'];

const uci = (split: Split, order: Order): Promise<WindowSet> =>
  loadWindows({ data: 'uci-har', split, order });
const everyone = async (order: Order): Promise<WindowSet> =>
  joinSets(await uci('train', order), await uci('test', order));

interface Sets {
  training: WindowSet;
  judged: Record<string, WindowSet>;
}

/** Who trains and who is judged. Test people are read by `test` and `people` alone. */
async function setsOf({ mode, part = 0 }: Task): Promise<Sets> {
  if (mode === 'test') {
    return {
      training: await uci('train', 'published'),
      judged: {
        published: await uci('test', 'published'),
        chronological: await uci('test', 'chronological'),
        'HAPT streams': await loadWindows({ data: 'hapt', split: 'test', order: 'chronological' }),
      },
    };
  }
  const load = (order: Order): Promise<WindowSet> =>
    mode === 'folds' ? uci('train', order) : everyone(order);
  const all = await load('published');
  const people = new Set(all.subjects);
  const heldOut = mode === 'folds' ? subjectFolds(all, foldCount)[part].heldOut : new Set([part]);
  const others = new Set([...people].filter(person => !heldOut.has(person)));
  const judged: Record<string, WindowSet> = {};
  for (const order of orders) judged[order] = windowsOfPeople(await load(order), heldOut);
  if (mode === 'folds') {
    const streams = await loadWindows({ data: 'hapt', split: 'train', order: 'chronological' });
    judged['HAPT streams'] = windowsOfPeople(streams, heldOut);
  }
  return { training: windowsOfPeople(all, others), judged };
}

/** Trains, judges, and leaves `result.json` beside the bundle, whole or not at all. */
export async function work(task: Task, recipe: string, out: string): Promise<void> {
  const folder = join(out, folderOf(task));
  const { training, judged } = await setsOf(task);
  const started = performance.now();
  await trainBundleOn(task.bundle, training, folder, {
    seed: task.seed,
    folds: 0,
    onProgress: message => console.error(`${folderOf(task)}: ${message}`),
  });
  const trainingSeconds = Math.round((performance.now() - started) / 1000);
  const bundle = await loadBundle(folder);
  const result: Result = {
    ...task,
    recipe,
    trainingSeconds,
    judged: Object.fromEntries(Object.entries(judged).map(([name, set]) => [name, judge(bundle, set)])),
  };
  const file = join(folder, 'result.json');
  writeFileSync(`${file}.part`, JSON.stringify(result));
  renameSync(`${file}.part`, file);
}

/** The result of a task, if it is there. @throws LF_USAGE for one of another recipe */
export function resultOf(task: Task, recipe: string, out: string): Result | undefined {
  const file = join(out, folderOf(task), 'result.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const result: Result = JSON.parse(text);
  if (result.recipe === recipe) return result;
  throw new LittlefirstError('LF_USAGE', `${file} is of another recipe`, {
    expected: `results of the sources as they are, ${recipe.slice(0, 12)}`,
    received: result.recipe.slice(0, 12),
    hint: 'give another folder with --out, or check out the recipe that began it',
  });
}
