import { unscored } from '../data/window-set.js';
import { checkBlock } from '../measure/energy/rules/check.js';
import type { Journal } from '../record/journal/journal.js';
import type { StagesRecord } from '../record/journal/records.js';
import type { StageReadback } from '../wire/dut/replies.js';
import type { WindowSource } from '../wire/dut/stream.js';
import type { PreparedBench, PreparedBundle } from './bench/prepare.js';
import { BlockMeter, type EnergySoFar } from './block-meter.js';
import { BlockResults, writeEnergy } from './block-results.js';
import { guardOf } from './forecast/guard.js';
import type { OpenDut } from './open/dut.js';
import {
  checkIdentity,
  checkLevel,
  checkStages,
  checkTakesStages,
  expectedIdentity,
} from './open/identity.js';
import type { PlannedBlock } from './plan.js';
import type { Undervolted } from './undervolted.js';
import { windowSource } from './window-source.js';

/** Where a block is, for errors that name no phase of their own. */
export type BlockStage = 'set-up' | 'warm-up' | 'windows' | 'meter';

export interface RunBlockOptions {
  prepared: PreparedBench;
  dut: OpenDut;
  journal: Journal;
  block: PlannedBlock;
  /** Number of this attempt at the block, from 1. */
  attempt: number;
  /** Called with the number of windows answered since the last call, and whether the answer is the true label, where there is one. */
  onWindows: (count: number, isCorrect?: boolean) => void;
  /** Called after each window that the meter has seen, where there is one. */
  onEnergy?: (soFar: EnergySoFar) => void;
  signal?: AbortSignal;
  /** Told where the block has come to; an error belongs to the last one. */
  onStage?: (stage: BlockStage) => void;
  /** Told by what the DUT's present start is known (`since` of its identity). */
  onStart?: (since: string | undefined) => void;
  /** What the core of an undervolted chip makes of the windows. */
  fault?: Undervolted;
}

/** What an attempt at a block is made with, in every run of the bench alike, whatever was measured before it and on which machine. */
function blockSeeds({ prepared, block, attempt }: RunBlockOptions): number[] {
  return [prepared.bench.seed, block.index, block.pass, attempt];
}

/** Windows `from .. to - 1` as a source for the stream. */
function part(bundle: PreparedBundle, from: number, to: number, fault?: Undervolted): WindowSource {
  const source = windowSource(bundle.windows, bundle.bundle.description.window, from, to);
  if (fault === undefined) return source;
  const { count, windowBytes, payload } = source;
  return { count, windowBytes, payload: i => fault.window(payload(i), from + i) };
}

/** Proves identity and level, and selects the strategy; writes the identity record. */
async function setUp({
  prepared,
  dut,
  journal,
  block,
  onStart,
}: RunBlockOptions): Promise<{ hertz: number }> {
  const { client } = dut;
  const bundle = prepared.bundles[block.bundle];
  const nonce = client.nonce();
  await client.sync();
  const identity = await client.id(nonce);
  checkIdentity(identity, expectedIdentity(prepared, bundle));
  const readback = await client.level(block.level);
  checkLevel(readback, prepared.boardLevels[block.level]);
  if (block.big !== undefined) checkTakesStages(identity);
  await setStages(prepared, client, block);
  await client.guard(guardOf(prepared, block));
  await client.strategy(block.strategy);
  journal.write({
    kind: 'identity',
    block: block.index,
    nonce,
    image: identity.image,
    blob: identity.blob,
    bundle: identity.bundle,
    level: { mV: readback.millivolts, Hz: readback.hertz, registers: readback.registers },
    flashed: dut.flashed?.(),
    resetReason: identity.resetReason,
    since: identity.since,
  });
  onStart?.(identity.since);
  return { hertz: readback.hertz };
}

/** Gives the stages their levels, where they have their own; changes are counted anew. */
async function setStages(
  prepared: PreparedBench,
  client: OpenDut['client'],
  { level, big }: PlannedBlock,
): Promise<void> {
  if (big === undefined) return;
  const { boardLevels } = prepared;
  checkStages(await client.stages(level, big), { gate: boardLevels[level], big: boardLevels[big] }, 0);
}

/** What the changes between the stages' levels took and left. */
async function readStages(
  { prepared: { boardLevels }, dut, block }: RunBlockOptions,
  bigWindows: number,
): Promise<StagesRecord | undefined> {
  if (block.big === undefined) return undefined;
  const report = await dut.client.stagesSoFar();
  checkStages(report, { gate: boardLevels[block.level], big: boardLevels[block.big] }, bigWindows);
  const readBack = ({ millivolts, hertz, registers }: StageReadback) => ({
    mV: millivolts,
    Hz: hertz,
    registers,
  });
  const { gate, big, changes, failed, microseconds, cycles } = report;
  return { gate: readBack(gate), big: readBack(big), changes, failed, microseconds, cycles };
}

async function warmUp({ prepared, dut, block }: RunBlockOptions): Promise<void> {
  const bundle = prepared.bundles[block.bundle];
  const count = Math.min(prepared.bench.warmUpWindows, bundle.windows.count);
  if (count === 0) return;
  await dut.client.streamWindows(part(bundle, 0, count), { quiet: true, onResult: () => {} });
}

/** Measures the sleep power in two long idles, asleep, on either side of one window; the bench's own guard is set again. */
async function baseline({ prepared, dut, block }: RunBlockOptions, meter: BlockMeter): Promise<void> {
  const { client } = dut;
  await client.guard(Math.round(meter.baselineSeconds * 1e6));
  await client.streamWindows(part(prepared.bundles[block.bundle], 0, 1), {
    quiet: true,
    onReady: () => meter.start(),
    onResult: () => {},
  });
  await meter.stop('idle');
  await client.guard(guardOf(prepared, block));
}

/** Streams all windows to a DUT whose cascade was just reset; it forgets its state again before each later reset window. */
async function stream(
  options: RunBlockOptions,
  results: BlockResults,
  onReady?: () => Promise<void>,
): Promise<void> {
  const { prepared, dut, block, onWindows, signal } = options;
  const bundle = prepared.bundles[block.bundle];
  const { labels } = prepared.windows;
  const bounds = [...new Set([0, ...prepared.windows.resets, bundle.windows.count])].sort((a, b) => a - b);
  for (let i = 0; i + 1 < bounds.length; i += 1) {
    if (i > 0) await dut.client.reset();
    const counts = await dut.client.streamWindows(part(bundle, bounds[i], bounds[i + 1], options.fault), {
      quiet: true,
      onReady: i === 0 ? onReady : undefined,
      onResult: result => {
        signal?.throwIfAborted();
        const truth = labels[results.count];
        results.add(result);
        onWindows(1, truth === unscored ? undefined : result.label === truth);
      },
    });
    results.unquiet += counts.unquiet;
  }
}

/**
 * Measures one block on a DUT that already holds the bundle: identity, level, strategy, warm-up, then every window quietly
 * with the meter running. All or nothing: the results are written only when everything has come.
 * @returns true, or why the block is not valid
 * @throws LF_DUT_*, LF_METER_*, LF_SEGMENTATION, LF_LINK_LOST
 */
export async function runBlock(options: RunBlockOptions): Promise<true | string> {
  const { prepared, dut, journal, block } = options;
  const { meter, cycles } = dut;
  const { onStage } = options;
  onStage?.('set-up');
  await dut.begin?.(blockSeeds(options));
  const { hertz } = await setUp(options);
  onStage?.('warm-up');
  await warmUp(options);
  onStage?.('windows');
  const results = new BlockResults();
  const begin = async () => {
    await setStages(prepared, dut.client, block);
    await dut.client.reset();
    await dut.settle();
    cycles?.clear();
  };
  if (meter === undefined) {
    await begin();
    await stream(options, results);
    await dut.settle();
    results.stages = await readStages(options, results.bigWindows);
    if (cycles !== undefined) results.fillCycles(cycles.windows);
    results.write(journal, block.index);
    return true;
  }
  const { attempt, onEnergy } = options;
  const blockMeter = new BlockMeter({
    prepared,
    meter,
    block: block.index,
    level: block.level,
    big: block.big,
    guardMicroseconds: guardOf(prepared, block),
    pass: block.pass,
    attempt,
    journalPath: journal.path,
    onEnergy,
  });
  try {
    await blockMeter.open();
    await baseline(options, blockMeter);
    await begin();
    await stream(options, results, () => blockMeter.start());
    onStage?.('meter');
    await blockMeter.stop('windows');
    results.stages = await readStages(options, results.bigWindows);
    if (cycles !== undefined) results.fillCycles(cycles.windows);
    await baseline(options, blockMeter);
  } catch (error) {
    await blockMeter.abandon();
    throw error;
  }
  const { measured, recording, seesBig, hostSeconds } = blockMeter.finish();
  results.write(journal, block.index);
  writeEnergy(journal, block.index, measured, recording);
  const violations = checkBlock({
    facts: measured.facts,
    hertz,
    dutCycles: results.totalCycles(),
    dutBigWindows: seesBig ? results.bigWindows : undefined,
    hostSeconds,
    unquiet: results.unquiet,
  });
  return violations.length === 0 || violations.map(({ rule, message }) => `${rule}: ${message}`).join('; ');
}
