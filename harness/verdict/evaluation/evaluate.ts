import { cycleUncertainty } from '../../measure/chip/cycles.js';
import { monteCarlo } from '../../measure/chip/monte-carlo.js';
import { modelParameters } from '../../measure/chip/uncertainty.js';
import type { JournalRecord } from '../../record/journal/records.js';
import { type Block, type RunRecord, runRecordSchema } from '../../record/run-record.js';
import type { Target } from '../../record/targets.js';
import { goldenKey, type JournalData } from './block-data.js';
import { baselineOf } from './blocks.js';
import { savingOf } from './energy.js';
import { evaluateBlock } from './evaluate-block.js';
import { gatherBlocks } from './gather.js';
import { combineVerdicts, decisionRule } from './judge.js';
import { judgeTargets, validityVerdict } from './verdicts.js';

function outcomeOf(
  journal: JournalData,
  blocks: Block[],
  verdicts: RunRecord['verdicts'],
): RunRecord['outcome'] {
  if (!journal.complete || blocks.length === 0) return 'error';
  return combineVerdicts([...verdicts.map(v => v.verdict), ...blocks.map(validityVerdict)]);
}

/**
 * Evaluates a journal: a pure function of its records (and of the targets, if others than the campaign's own are given).
 * @param records records in journal order
 * @param targets replaces the campaign's targets (`littlefirst check --targets`)
 * @throws LF_RUN_CORRUPT
 */
export function evaluate(records: readonly JournalRecord[], targets?: readonly Target[]): RunRecord {
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
  const wanted = targets ?? campaign.targets ?? [];
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
    decisionRule: { ...decisionRule },
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
      knownLoads: knownLoads.map(
        ({ kind: _kind, t: _t, sha256: _sha256, blocks: _blocks, ...check }) => check,
      ),
    }),
    ...(thirdParty !== undefined && { thirdParty }),
    ...(campaign.model !== undefined && {
      model: {
        ambientCelsius: campaign.model.ambientCelsius,
        ...monteCarlo,
        parameters: campaign.model.chips.reduce((sum, chip) => sum + modelParameters(chip).length, 0),
        cycles: [...new Set(campaign.model.chips.map(({ core }) => core))].map(core => {
          const { u, source } = cycleUncertainty(core);
          return { core, u, source };
        }),
      },
    }),
    ...(campaign.replayOf !== undefined && { replayOf: campaign.replayOf }),
    ...(campaign.schema === 'littlefirst.journal/1' && { integrity: 'unchained' as const }),
    ...(campaign.lease !== undefined && { lease: campaign.lease }),
    ...(campaign.conditions !== undefined && { conditions: campaign.conditions }),
    ...(campaign.searches !== undefined && { searches: campaign.searches }),
    ...(campaign.waived !== undefined && { waived: campaign.waived }),
    ...(campaign.leftOut !== undefined && { leftOut: campaign.leftOut }),
  };
}

function thirdPartyOf({ thirdParty }: JournalData['campaign']): RunRecord['thirdParty'] {
  if (thirdParty === undefined) return undefined;
  const { name, profile, model, truth, inputs = truth.length } = thirdParty;
  return { name, profile, model, inputs };
}
