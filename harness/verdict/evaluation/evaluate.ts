import { LittlefirstError } from '../../errors.js';
import { monteCarlo } from '../../measure/chip/monte-carlo.js';
import { modelParameters } from '../../measure/chip/uncertainty.js';
import type { JournalRecord } from '../../record/journal-records.js';
import { type Block, type RunRecord, runRecordSchema } from '../../record/run-record.js';
import { type Target, targetSchema } from '../../record/targets.js';
import { goldenKey, type JournalData } from './block-data.js';
import { baselineOf } from './blocks.js';
import { savingOf } from './energy.js';
import { evaluateBlock } from './evaluate-block.js';
import { gatherBlocks } from './gather.js';
import { combineVerdicts } from './judge.js';
import { judgeTargets } from './verdicts.js';

function outcomeOf(
  journal: JournalData,
  blocks: Block[],
  verdicts: RunRecord['verdicts'],
): RunRecord['outcome'] {
  if (!journal.complete || blocks.length === 0) return 'error';
  const open = blocks.some(block => block.valid !== true) ? (['inconclusive'] as const) : [];
  return combineVerdicts([...verdicts.map(v => v.verdict), ...open]);
}

/**
 * Evaluates a journal: a pure function of its records (and of the targets, if others than the campaign's own are given).
 * @param records records in journal order
 * @param targets replaces the campaign's targets (`littlefirst check --targets`)
 * @throws LF_RUN_CORRUPT
 */
export function evaluate(records: Iterable<JournalRecord>, targets?: readonly Target[]): RunRecord {
  const journal = gatherBlocks(records);
  const { campaign } = journal;
  const blocks = journal.blocks.map(data =>
    evaluateBlock(campaign, journal.golden.get(goldenKey(data.key.bundle, data.key.strategy)), data),
  );
  blocks.forEach((block, i) => {
    const baseline = baselineOf(block, blocks);
    if (baseline === undefined) return;
    block.savingVsBigOnly = savingOf(
      campaign,
      { block, data: journal.blocks[i] },
      { block: baseline, data: journal.blocks[blocks.indexOf(baseline)] },
    );
  });
  const wanted = targets ?? parseTargets(campaign.targets);
  const verdicts = judgeTargets(wanted, blocks, journal);
  const { firmware, chip, ...provenance } = campaign.provenance;
  return runRecordSchema.parse({
    schema: 'littlefirst.run/2',
    id: campaign.id,
    startedAt: campaign.t,
    finishedAt: journal.finishedAt,
    outcome: outcomeOf(journal, blocks, verdicts),
    provenance: {
      ...provenance,
      firmware: firmware[0],
      firmwares: firmware,
      chip: chip[0],
      chips: chip,
    },
    labels: campaign.labels,
    periodSeconds: campaign.periodSeconds,
    blocks,
    verdicts,
    faults: journal.faults.map(({ code, message, action }) => ({ code, message, action })),
    ...partsOfSomeRuns(journal),
  } satisfies RunRecord);
}

/** Keys of the record that a run without them does not have at all, so that the record equals what is read back from its file. */
function partsOfSomeRuns({ campaign, knownLoads }: JournalData) {
  const thirdParty = thirdPartyOf(campaign);
  return {
    ...(knownLoads.length > 0 && {
      knownLoads: knownLoads.map(({ kind: _kind, t: _t, blocks: _blocks, ...check }) => check),
    }),
    ...(thirdParty !== undefined && { thirdParty }),
    ...(campaign.model !== undefined && {
      model: {
        ambientCelsius: campaign.model.ambientCelsius,
        ...monteCarlo,
        parameters: campaign.model.chips.reduce((sum, chip) => sum + modelParameters(chip).length, 0),
      },
    }),
    ...(campaign.replayOf !== undefined && { replayOf: campaign.replayOf }),
  };
}

function thirdPartyOf({ thirdParty }: JournalData['campaign']): RunRecord['thirdParty'] {
  if (thirdParty === undefined) return undefined;
  const { name, profile, model, truth, inputs = truth.length } = thirdParty;
  return { name, profile, model, inputs };
}

function parseTargets(raw: unknown): Target[] {
  const parsed = targetSchema.array().safeParse(raw ?? []);
  if (parsed.success) return parsed.data;
  throw new LittlefirstError('LF_RUN_CORRUPT', "The journal's targets cannot be read", {
    expected: 'the target list that the bench file had',
    received: parsed.error.issues[0]?.message,
    hint: 'give targets with --targets',
  });
}
