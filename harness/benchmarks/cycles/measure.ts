/** A campaign of one block on an emulated board, and where the cycles of its windows went. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMachine } from '../../campaign/open/machines.js';
import { symbolListOf } from '../../emulator/elf.js';
import { LittlefirstError } from '../../errors.js';
import { markers } from '../../machine/machine.js';
import { packagePath } from '../../package-root.js';
import { measureCampaign } from '../../testing/bench/campaign.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { gatherBlocks } from '../../verdict/evaluation/gather.js';

/** Cycles by function. */
export type Spent = Map<string, number>;

export interface ProfiledWindow {
  /** Bit mask of the networks that ran, and whether one of them ran as Big. */
  nets: number;
  big: boolean;
  /** As the campaign reports them, and by function: in all the same. */
  cycles: number;
  spent: Spent;
}

export interface Profile {
  board: string;
  bundle: string;
  windows: ProfiledWindow[];
  /** By function, all windows together: what was done outside them, as long as the markers said that the board dealt with its host. */
  transfer: Spent;
  goldenMismatches: number;
  /** The campaign's mean, cycles a window. */
  mean: number;
}

export interface ProfileOptions {
  board: string;
  chip: string;
  level: string;
  /** Folder. */
  bundle: string;
  strategy: string;
  data: Record<string, unknown>;
  /** Counts the wait states of the level's flash too. */
  countsWaitStates: boolean;
}

interface Range {
  name: string;
  start: number;
}

/** The functions of a board's image by address. A name that several sources use is told apart by its address. */
async function functionsOf(board: string): Promise<Range[]> {
  const elf = await readFile(packagePath('firmware', 'prebuilt', `${board}.elf`));
  const functions = new Map<number, string>();
  for (const { name, value, isFunction } of symbolListOf(elf))
    if (isFunction && !functions.has(value)) functions.set(value, name);
  return [...functions].map(([start, name]) => ({ start, name })).sort((a, b) => a.start - b.start);
}

interface Stretch {
  /** Marker state that ended. */
  state: number;
  spent: Spent;
}

/** The stretches of a profile's lines; the line of a stretch tells the state that begins behind it. */
function stretchesOf(text: string, ranges: readonly Range[]): Stretch[] {
  let state: number = markers.idle;
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [next, ...sums] = line.split(' ');
      const spent: Spent = new Map();
      for (const sum of sums) {
        const [range, cycles] = sum.split(':').map(Number);
        const name = ranges[range]?.name ?? 'elsewhere';
        spent.set(name, (spent.get(name) ?? 0) + cycles);
      }
      const stretch = { state, spent };
      state = Number(next);
      return stretch;
    });
}

export function add(to: Spent, from: Spent): void {
  for (const [name, cycles] of from) to.set(name, (to.get(name) ?? 0) + cycles);
}

export const total = (spent: Spent): number => [...spent.values()].reduce((sum, cycles) => sum + cycles, 0);

/**
 * Windows are what lies between two idle stretches and is no transfer, `00 -> 01 [-> 10] -> 00`. A port that switches one line at a time passes
 * through other states on its way between idle and transfer.
 */
function windowsOf(stretches: readonly Stretch[]): { windows: Spent[]; transfer: Spent } {
  const windows: Spent[] = [];
  const transfer: Spent = new Map();
  let current: Spent | undefined;
  for (const { state, spent } of stretches) {
    if (state === markers.idle) {
      if (current !== undefined && current.size > 0) windows.push(current);
      current = new Map();
    } else if (state === markers.transfer) {
      current = undefined;
      add(transfer, spent);
    } else if (current !== undefined) {
      add(current, spent);
    }
  }
  return { windows, transfer };
}

/** The windows whose cycles are those that are reported; a campaign also runs some to warm up and to try the board. */
function inARow(windows: readonly Spent[], reported: readonly number[]): Spent[] | undefined {
  const sums = windows.map(total);
  for (let first = 0; first + reported.length <= sums.length; first++)
    if (reported.every((cycles, i) => sums[first + i] === cycles))
      return windows.slice(first, first + reported.length);
  return undefined;
}

/**
 * Runs the block and joins each window's cycles by function with what the journal says of it.
 * @throws LF_INTERNAL when the functions' cycles are not, window by window, those that the campaign reports
 */
export async function profile(options: ProfileOptions): Promise<Profile> {
  const { board, chip, level, bundle, strategy, data } = options;
  const bench = await TestBench.make({
    ...{ board, chip, levels: [level], bundles: [bundle], strategies: [strategy], data },
    targets: [{ name: 'answers equal the golden interpreter', metric: 'golden-mismatches', atMost: 0 }],
  });
  try {
    const ranges = await functionsOf(board);
    const files = { ranges: join(bench.folder, 'ranges.txt'), out: join(bench.folder, 'profile.txt') };
    await writeFile(files.ranges, ranges.map(({ start }) => `${start.toString(16)}\n`).join(''));
    const { record, records } = await measureCampaign(bench, {
      machines: 1,
      createMachine: (made, machine) =>
        createMachine(made, {
          ...machine,
          profile: files,
          flashWaitStates: machine.flashWaitStates.map(count => (options.countsWaitStates ? count : 0)),
        }),
    });
    const [block] = record.blocks;
    const [told] = gatherBlocks(records).blocks;
    const { windows, transfer } = windowsOf(stretchesOf(await readFile(files.out, 'latin1'), ranges));
    const reported = told.nets.map(
      (_, i) => (told.gateCycles[i] ?? 0) + (told.bigCycles[i] ?? 0) + (told.otherCycles[i] ?? 0),
    );
    const own = inARow(windows, reported);
    if (own === undefined) {
      throw new LittlefirstError('LF_INTERNAL', `The profile of ${board} is not the campaign's`, {
        expected: `${reported.length} windows of ${reported.slice(0, 5).join(', ')} ... cycles`,
        received: `${windows.length} windows of ${windows.slice(0, 5).map(total).join(', ')} ...`,
      });
    }
    return {
      ...{ board, bundle: block.bundle, transfer },
      windows: own.map((spent, i) => ({
        ...{ nets: told.nets[i], big: told.path[i] === 'b', cycles: reported[i], spent },
      })),
      goldenMismatches: block.goldenMismatches ?? Number.NaN,
      mean: block.cyclesPerWindow?.mean ?? Number.NaN,
    };
  } finally {
    await bench.remove();
  }
}
