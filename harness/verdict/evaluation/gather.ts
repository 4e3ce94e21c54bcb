import { LittlefirstError } from '../../errors.js';
import { campaignOf } from '../../record/campaign-of.js';
import type {
  BlockEndRecord,
  BlockStartRecord,
  FaultRecord,
  GoldenRecord,
  JournalRecord,
  KnownLoadRecord,
} from '../../record/journal/records.js';
import { type BlockData, goldenKey, type JournalData } from './block-data.js';
import { mergePasses } from './passes.js';

function emptyBlock({ block, key, attempt, pass = 1, t }: BlockStartRecord): BlockData {
  return {
    index: block,
    key,
    attempt,
    pass,
    labels: [],
    path: '',
    nets: [],
    gateCycles: [],
    bigCycles: [],
    otherCycles: [],
    gate: [],
    big: [],
    other: [],
    gateSeconds: [],
    bigSeconds: [],
    otherSeconds: [],
    outputs: [],
    seconds: [],
    scores: [],
    iterations: 1,
    unquiet: 0,
    begunAt: Date.parse(t),
    hostSeconds: 0,
    valid: 'the block was not finished',
    invalidity: 'broken',
  };
}

/** The passes of one block, and the one that its records belong to. */
interface BlockPasses {
  passes: Map<number, BlockData>;
  current: BlockData;
}

/** A pass begins, or begins again. */
function startPass(blocks: Map<number, BlockPasses>, current: BlockData): void {
  const passes = blocks.get(current.index)?.passes ?? new Map<number, BlockData>();
  const before = passes.get(current.pass);
  if (before !== undefined && before.hostSeconds === 0) current.begunAt = before.begunAt;
  else if (before !== undefined) current.begunAt -= before.hostSeconds * 1e3;
  passes.set(current.pass, current);
  blocks.set(current.index, { passes, current });
}

function mergeAll(blocks: ReadonlyMap<number, BlockPasses>, expected: number): BlockData[] {
  return [...blocks.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, { passes }]) =>
      mergePasses(
        [...passes.values()].sort((a, b) => a.pass - b.pass),
        expected,
      ),
    );
}

/** How a block ended. Journals of schema 1 tell what was lost by their words only: a failure begins with its code. */
function endBlock(block: BlockData, { valid, invalidity, t }: BlockEndRecord): void {
  block.hostSeconds = Math.max(0, (Date.parse(t) - block.begunAt) / 1e3);
  block.valid = valid;
  block.invalidity =
    valid === true ? undefined : (invalidity ?? (/^(LF_|known-load)/.test(valid) ? 'broken' : 'method'));
}

/** The meter did not measure rightly while a block was measured. */
function distrust(block: BlockData, verdict: true | string): void {
  if (verdict === true || block.invalidity === 'broken') return;
  if (block.valid === true) block.valid = verdict;
  block.invalidity = 'meter';
}

/** Appends without spreading a long array over the call stack. */
function append<T>(to: T[], from: readonly T[]): void {
  for (const item of from) to.push(item);
}

/**
 * Sorts the records of a journal by block; a later attempt replaces an earlier one, and passes are merged into one block.
 * @throws what `campaignOf` throws; LF_RUN_CORRUPT if a record names an unknown block
 */
export function gatherBlocks(records: readonly JournalRecord[]): JournalData {
  const campaign = campaignOf(records);
  const last = records[records.length - 1];
  const golden = new Map<string, GoldenRecord>();
  const blocks = new Map<number, BlockPasses>();
  const faults: FaultRecord[] = [];
  const knownLoads: KnownLoadRecord[] = [];
  const blockOf = (index: number): BlockData => {
    const block = blocks.get(index);
    if (block !== undefined) return block.current;
    throw new LittlefirstError('LF_RUN_CORRUPT', `The journal speaks of block ${index} before it starts`, {
      expected: 'a block-start record first',
      hint: 'the journal was edited or mixed with another; run the campaign again',
    });
  };
  for (const record of records) {
    switch (record.kind) {
      case 'campaign':
        break;
      case 'golden':
        golden.set(goldenKey(record.bundle, record.strategy), record);
        break;
      case 'block-start':
        startPass(blocks, emptyBlock(record));
        break;
      case 'identity':
        blockOf(record.block).identity = record;
        break;
      case 'windows': {
        const block = blockOf(record.block);
        append(block.labels, record.labels);
        block.path += record.path;
        append(block.nets, record.nets);
        append(block.gateCycles, record.gateCycles);
        append(block.bigCycles, record.bigCycles);
        append(block.otherCycles, record.otherCycles);
        append(block.outputs, record.outputs ?? []);
        append(block.seconds, record.seconds ?? []);
        append(block.scores, record.scores ?? []);
        block.unquiet += record.unquiet ?? 0;
        block.iterations = record.iterations ?? block.iterations;
        block.stages = record.stages ?? block.stages;
        block.earlyCycles = record.earlyCycles ?? block.earlyCycles;
        block.loop = record.loop ?? block.loop;
        break;
      }
      case 'energy': {
        const block = blockOf(record.block);
        append(block.gate, record.gateMicrojoules);
        append(block.big, record.bigMicrojoules);
        append(block.other, record.otherMicrojoules);
        append(block.gateSeconds, record.gateSeconds);
        append(block.bigSeconds, record.bigSeconds);
        append(block.otherSeconds, record.otherSeconds);
        break;
      }
      case 'block-energy':
        blockOf(record.block).energy = record;
        break;
      case 'trace':
        blockOf(record.block).trace = record;
        break;
      case 'block-end':
        endBlock(blockOf(record.block), record);
        break;
      case 'fault':
        faults.push(record);
        break;
      case 'known-load':
        knownLoads.push(record);
        for (const index of record.blocks) {
          blockOf(index);
          for (const pass of blocks.get(index)?.passes.values() ?? []) distrust(pass, record.valid);
        }
        break;
      case 'finish':
        break;
    }
  }
  return {
    campaign,
    golden,
    blocks: mergeAll(blocks, campaign.passes ?? 1),
    faults,
    knownLoads,
    finishedAt: last.t,
    complete: last.kind === 'finish' && last.outcome === 'complete',
  };
}
