import { join } from 'node:path';
import { recordingName } from '../campaign/block-meter.js';
import { writeEnergy } from '../campaign/block-results.js';
import { harnessProvenance, hostProvenance } from '../campaign/provenance.js';
import { LittlefirstError } from '../errors.js';
import type { BlockEnergy } from '../measure/energy/block-energy.js';
import { BlockEnergyCollector } from '../measure/energy/collector.js';
import { checkBlock } from '../measure/energy/rules/check.js';
import { campaignOf } from '../record/campaign-of.js';
import { Journal, type NewRecord, readJournal } from '../record/journal/journal.js';
import type { CampaignRecord, JournalRecord } from '../record/journal/records.js';
import { readRecording } from '../record/recording/recording.js';
import type { RecordingEnd } from '../record/recording/schema.js';
import { verifyRecordings } from '../record/recording/verify.js';
import { totalCycles } from '../record/stage-time.js';
import type { BlockData } from './evaluation/block-data.js';
import { gatherBlocks } from './evaluation/gather.js';

export interface ReplayedRun {
  /** Blocks whose energy was computed anew. */
  replayed: number;
  /** Blocks that failed before they were measured to the end: they stay as they were. */
  kept: number;
  /** Largest relative difference of a block's mean energy from what the run's journal says; 0: equal to the last bit. */
  largestDifference: number;
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((a, b) => a + (b ?? 0), 0);

const microjoules = ({ gate, big, other }: Pick<BlockData, 'gate' | 'big' | 'other'>): number =>
  sum(gate) + sum(big) + sum(other);

function accuracyOf(accuracy: RecordingEnd['accuracy'] | undefined): RecordingEnd['accuracy'] {
  if (accuracy === undefined) throw new LittlefirstError('LF_INTERNAL', 'no accuracy yet');
  return accuracy;
}

/** Plays one recording through segmentation and budget. */
async function measureAgain(
  path: string,
): Promise<{ measured: BlockEnergy; end: RecordingEnd; seesBig: boolean }> {
  let seesBig = true;
  let collector: BlockEnergyCollector | undefined;
  let accuracy: RecordingEnd['accuracy'] | undefined;
  let idleAccuracy: RecordingEnd['idleAccuracy'];
  const end = await readRecording(
    path,
    ({ supplyMillivolts, expectedWindows, meter, baseline }) => {
      seesBig = (meter.markerLines ?? 2) === 2;
      collector = new BlockEnergyCollector({
        accuracy: () => accuracyOf(accuracy),
        idleAccuracy: () => idleAccuracy ?? accuracyOf(accuracy),
        supplyMillivolts,
        expectedWindows,
        baseline,
      });
    },
    chunk => collector?.push(chunk),
  );
  accuracy = end.accuracy;
  idleAccuracy = end.idleAccuracy;
  if (collector === undefined)
    throw new LittlefirstError('LF_INTERNAL', 'a recording without header was read');
  return { measured: collector.finish(end.status), end, seesBig };
}

/** The rules, from what the journal says of the block. */
function verdictOf(
  block: BlockData,
  { measured, end, seesBig }: Awaited<ReturnType<typeof measureAgain>>,
): true | string {
  const violations = checkBlock({
    facts: measured.facts,
    hertz: block.identity?.level.Hz ?? block.key.level.Hz,
    dutCycles: totalCycles(block),
    dutBigWindows: seesBig ? [...block.path].filter(path => path === 'b').length : undefined,
    hostSeconds: end.hostSeconds,
    unquiet: block.unquiet,
  });
  return violations.length === 0 || violations.map(({ rule, message }) => `${rule}: ${message}`).join('; ');
}

/** A block as the pass measured it that the records speak of. */
function passOf(
  blocks: readonly BlockData[],
  index: number | undefined,
  passes: ReadonlyMap<number, number>,
): BlockData | undefined {
  const block = blocks.find(other => other.index === index);
  return block?.passes?.find(({ pass }) => pass === passes.get(block.index)) ?? block;
}

/** Written anew from the recording. */
const recomputed: ReadonlySet<JournalRecord['kind']> = new Set(['energy', 'block-energy', 'trace']);

function withoutTime(record: JournalRecord & { sha256?: string }): NewRecord {
  const { t: _, sha256: _sha256, ...rest } = record;
  return rest as NewRecord;
}

async function replayedCampaign(campaign: CampaignRecord, id: string): Promise<NewRecord> {
  const { t: _, sha256: _sha256, ...record } = campaign;
  return {
    ...record,
    id,
    replayOf: { id: campaign.id, energy: campaign.provenance.energy },
    provenance: {
      ...campaign.provenance,
      energy: campaign.provenance.energy === 'none' ? 'none' : 'replayed',
      harness: await harnessProvenance(),
      host: hostProvenance(),
    },
  };
}

/**
 * Evaluates a run again from its raw samples: writes a journal with the same answers and newly computed energies.
 * @param folder the run, with its recordings
 * @param target an empty folder for the replayed run's journal
 * @throws LF_RUN_MISSING where a measured block has no recording, LF_RUN_CORRUPT where one is damaged, LF_JOURNAL
 */
export async function replayRun(folder: string, target: string, id: string): Promise<ReplayedRun> {
  const records = await readJournal(folder);
  await verifyRecordings(folder, records);
  const { blocks } = gatherBlocks(records);
  const result: ReplayedRun = { replayed: 0, kept: 0, largestDifference: 0 };
  const journal = Journal.create(target);
  try {
    journal.write(await replayedCampaign(campaignOf(records), id));
    const passes = new Map<number, number>();
    for (const record of records.slice(1)) {
      if (record.kind === 'block-start') passes.set(record.block, record.pass ?? 1);
      const block = 'block' in record ? passOf(blocks, record.block, passes) : undefined;
      const isMeasured = block?.energy !== undefined;
      if (isMeasured && recomputed.has(record.kind)) continue;
      if (record.kind !== 'block-end' || block === undefined || !isMeasured) {
        if (record.kind === 'block-end') result.kept += 1;
        journal.write(withoutTime(record));
        continue;
      }
      const again = await measureAgain(join(folder, recordingName(block.index, block.attempt, block.pass)));
      writeEnergy(journal, block.index, again.measured);
      const { energy } = again.measured;
      const before = microjoules(block);
      const after = microjoules({
        gate: energy.gateMicrojoules,
        big: energy.bigMicrojoules,
        other: energy.otherMicrojoules,
      });
      result.replayed += 1;
      result.largestDifference = Math.max(result.largestDifference, Math.abs(after / before - 1));
      const valid = verdictOf(block, again);
      const invalidity = valid === true ? undefined : 'method';
      journal.write({ kind: 'block-end', block: block.index, pass: record.pass, valid, invalidity });
    }
    journal.sync();
  } finally {
    journal.close();
  }
  return result;
}
