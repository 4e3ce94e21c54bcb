import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleFolder, bundleNames } from '../campaign/bench/names.js';
import { LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';
import { bareName } from '../package-root.js';
import { writeFileAtomically } from '../record/atomic-file.js';
import { abMarkdown } from '../report/compare/ab.js';
import { type AbAnswer, judgeAb, type RunRound } from '../verdict/regression/ab.js';
import { mostRounds } from '../verdict/regression/confirm.js';
import { type OpenBenchOptions, type RunEvents, runBench } from './run/campaign.js';
import type { FinishedRun } from './run/evaluate.js';
import { newRunId } from './run/folder.js';

/** Relative spread of one run where nobody said another. Assumed: what is seen of a board and a meter that stand still on one bench. */
export const assumedSpread = 0.002;
/** Degrees of freedom that a spread known beforehand is believed with. */
const believed = 20;

export interface AbRequest extends RunEvents {
  /** Folders of firmware images (with `manifest.json`), or of bundles (with `bundle.yaml`, or a shipped one by its name); both of one kind. */
  before: string;
  after: string;
  /** Bench file or name; default: the shipped one. */
  bench?: string;
  options?: OpenBenchOptions;
  /** Rounds of A B B A at most, 4 runs each; default 4. */
  rounds?: number;
  /** Relative standard deviation of one run; default 0.2 %. */
  spread?: number;
  /** Smallest relative effect that matters. */
  leastEffect?: number;
  /** Receives the runs, `ab.json` and `ab.md`; default `reports/<id>`. */
  out?: string;
  cwd?: string;
  signal?: AbortSignal;
  /** A run begins: round from 1, place from 1 to 4, whose image. */
  onRun?: (round: number, place: number, image: 'A' | 'B') => void;
}

export interface AbResult {
  answer: AbAnswer;
  /** The folder of everything, absolute, and the Markdown in it. */
  folder: string;
  markdown: string;
}

/** What one side of the comparison exchanges. @throws LF_USAGE */
function imageOf(name: string, cwd: string): Pick<OpenBenchOptions, 'firmware' | 'bundle'> {
  const folder = resolve(cwd, name);
  if (existsSync(join(folder, 'manifest.json'))) return { firmware: folder };
  if (existsSync(join(folder, 'bundle.yaml')) || bundleNames().includes(bareName(name)))
    return { bundle: bundleFolder(name, cwd) };
  throw new LittlefirstError('LF_USAGE', `${name} is neither firmware nor a bundle`, {
    expected:
      'a folder with manifest.json (images, as firmware/prebuilt), or with bundle.yaml, or a shipped bundle',
    received: folder,
  });
}

/**
 * Measures two images on one bench, A B B A, again and again until there is an answer or no more may be run, and says whether the second one needs
 * more.
 * @throws LF_USAGE for images of two kinds; as `runBench`
 */
export async function abRuns(request: AbRequest): Promise<AbResult> {
  const { before, after, bench, options, out, onRun, cwd = process.cwd(), signal, ...others } = request;
  const { rounds: most = mostRounds, spread = assumedSpread, leastEffect, ...events } = others;
  const images = { A: imageOf(before, cwd), B: imageOf(after, cwd) };
  if ('firmware' in images.A !== 'firmware' in images.B)
    throw new LittlefirstError('LF_USAGE', 'Firmware cannot be compared with a bundle', {
      expected: 'two folders of images, or two bundles',
      received: `${before}, ${after}`,
    });
  const folder = out === undefined ? join(cwd, 'reports', newRunId('ab')) : resolve(cwd, out);
  if (existsSync(join(folder, 'ab.json')) || existsSync(join(folder, 'round1-1-a')))
    throw new LittlefirstError('LF_USAGE', `${folder} already holds a comparison`, {
      hint: 'name another folder with --out',
    });
  if (out === undefined) makeFolder(join(cwd, 'reports'));
  makeFolder(folder, 0o700);
  const order = ['A', 'B', 'B', 'A'] as const;
  const rounds: RunRound[] = [];
  let answer: AbAnswer;
  do {
    const runs: FinishedRun[] = [];
    for (const [place, image] of order.entries()) {
      onRun?.(rounds.length + 1, place + 1, image);
      runs.push(
        await runBench(
          {
            ...events,
            cwd,
            signal,
            out: join(folder, `round${rounds.length + 1}-${place + 1}-${image.toLowerCase()}`),
          },
          bench,
          { ...options, ...images[image] },
        ),
      );
    }
    rounds.push(runs as unknown as RunRound);
    answer = judgeAb(rounds, { spread, degrees: believed, rounds: most, leastEffect });
  } while (
    answer.verdict === 'cannot tell' &&
    rounds.length < most &&
    answer.blocks.some(one => one.change !== null)
  );
  const markdown = abMarkdown(answer, [before, after]);
  await writeFileAtomically(join(folder, 'ab.json'), `${JSON.stringify(answer, null, 2)}\n`);
  await writeFileAtomically(join(folder, 'ab.md'), markdown);
  return { answer, folder, markdown };
}
