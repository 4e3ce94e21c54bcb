import { sampleRateText } from '../../record/meter-text.js';
import type { RunRecord } from '../../record/run-record.js';
import { goldenKey } from '../evaluation/block-data.js';
import { blockName } from '../evaluation/blocks.js';
import { evaluateBlock } from '../evaluation/evaluate-block.js';
import { isModelled } from '../evaluation/model-part.js';
import type { Run } from '../run.js';
import { type Common, commonWindows, firstWindows } from './common-windows.js';
import { type ComparedPair, type Comparison, combineChanges, type Difference } from './comparison.js';
import {
  accuracyEffect,
  type Compared,
  energyEffects,
  mismatchEffect,
  type Shared,
  timeEffect,
} from './effects.js';
import { pairBlocks } from './pair-blocks.js';

const sideOf = ({ id, startedAt, outcome, provenance }: RunRecord): Comparison['baseline'] => ({
  id,
  startedAt,
  outcome,
  energy: provenance.energy,
});

/** The facts that two runs are told apart by, in words. */
function factsOf({ provenance }: RunRecord): Map<string, string> {
  const { harness, firmwares, models, chips, dataset, meter, host } = provenance;
  return new Map([
    [
      'harness',
      `${harness.version}, ${harness.commit.slice(0, 12)}${harness.dirty ? ' with local changes' : ''}`,
    ],
    ...firmwares.map((one): [string, string] => [
      `firmware of ${one.board}`,
      `${one.sha256.slice(0, 12)}, ${one.compiler}`,
    ]),
    ...models.map((one): [string, string] => [
      `network ${one.name} of ${one.bundle}`,
      one.sha256.slice(0, 12),
    ]),
    ...chips.map((one): [string, string] => [`profile of ${one.name}`, one.sha256.slice(0, 12)]),
    [
      'data',
      `${dataset.name}, ${dataset.split}, ${dataset.order} order, ${dataset.windows} windows, ${dataset.sha256.slice(0, 12)}`,
    ],
    [
      'meter',
      `${meter.model}${meter.serial === undefined ? '' : `, ${meter.serial}`}${meter.emulated ? ' (emulated)' : ''}`,
    ],
    ['sample rate of the meter', sampleRateText(meter) ?? '–'],
    ['energy', provenance.energy],
    ['host', `${host.platform}, node ${host.node}, ${host.cpu}`],
  ]);
}

function differencesOf(baseline: RunRecord, candidate: RunRecord): Difference[] {
  const [own, other] = [factsOf(baseline), factsOf(candidate)];
  return [...new Set([...own.keys(), ...other.keys()])].flatMap(what => {
    const [a, b] = [own.get(what) ?? '–', other.get(what) ?? '–'];
    return a === b ? [] : [{ what, baseline: a, candidate: b }];
  });
}

/**
 * Whether the errors of instrument and model are the same in both runs. A real instrument must be known by its serial number; of the modelled
 * supply, all its profiles must be equal.
 */
function sharedBy(baseline: Run, candidate: Run): Shared {
  const meterOf = ({ record }: Run) => {
    const { driver, model, serial, calibration, firmware, emulated } = record.provenance.meter;
    return JSON.stringify([driver, model, serial, calibration, firmware, emulated, record.provenance.energy]);
  };
  const { emulated, serial } = baseline.record.provenance.meter;
  const modelOf = ({ journal }: Run) => JSON.stringify(journal.campaign.model ?? null);
  return {
    instrument: (emulated || serial !== undefined) && meterOf(baseline) === meterOf(candidate),
    model: modelOf(baseline) === modelOf(candidate),
  };
}

/** Whether a run's energy is modelled, and its journal does not tell by what. */
const isModelUnknown = ({ journal: { campaign } }: Run): boolean =>
  isModelled(campaign) && campaign.model === undefined;

function cautionsOf(baseline: Run, candidate: Run, common: Common, shared: Shared): string[] {
  const [own, other] = [baseline.record.provenance.energy, candidate.record.provenance.energy];
  const hasEnergy = own !== 'none' && other !== 'none';
  return [
    ...('reason' in common ? [`Nothing can be paired: ${common.reason}.`] : []),
    ...('caution' in common && common.caution !== undefined ? [common.caution] : []),
    ...(own !== other ? [`The energy of one run is ${own}, that of the other ${other}.`] : []),
    ...(hasEnergy && !shared.instrument
      ? ['The instruments are not known to be the same one: the errors of both count in full.']
      : []),
    ...(isModelUnknown(baseline) || isModelUnknown(candidate)
      ? ['A journal of an older version does not tell the model of its energy: its changes are not judged.']
      : []),
    ...(hasEnergy && !shared.model
      ? ['The models of chip and supply differ: the errors of both count in full.']
      : []),
  ];
}

/** A block over the first windows only. */
function cut({ record, journal }: Run, i: number, count: number): Compared {
  const data = firstWindows(journal.blocks[i], count);
  const golden = journal.golden.get(goldenKey(data.key.bundle, data.key.strategy));
  const isWhole = journal.blocks[i].labels.length === data.labels.length;
  return { journal, data, block: isWhole ? record.blocks[i] : evaluateBlock(journal.campaign, golden, data) };
}

function comparePair(baseline: Compared, candidate: Compared, shared: Shared): ComparedPair {
  const [baselineBlock, candidateBlock] = [blockName(baseline.block), blockName(candidate.block)];
  return {
    name: baselineBlock,
    baselineBlock,
    candidateBlock,
    windows: Math.min(baseline.data.labels.length, candidate.data.labels.length),
    effects: [
      accuracyEffect(baseline, candidate),
      ...energyEffects(baseline, candidate, shared),
      ...timeEffect(baseline, candidate),
      ...mismatchEffect(baseline, candidate),
    ],
  };
}

/**
 * Compares a run with another one, block by block and window by window: before and after a change of the firmware, one bench with another, one
 * runtime with another.
 */
export function compareRuns(baseline: Run, candidate: Run): Comparison {
  const keysOf = ({ journal }: Run) => journal.blocks.map(({ key }) => key);
  const { pairs, exchanges, unpaired } = pairBlocks(keysOf(baseline), keysOf(candidate));
  const common = commonWindows(baseline.journal, candidate.journal);
  const shared = sharedBy(baseline, candidate);
  const compared =
    'reason' in common
      ? []
      : pairs.map(([i, j]) => {
          const answered = Math.min(
            common.count,
            baseline.journal.blocks[i].labels.length,
            candidate.journal.blocks[j].labels.length,
          );
          return comparePair(cut(baseline, i, answered), cut(candidate, j, answered), shared);
        });
  return {
    schema: 'littlefirst.compare/1',
    baseline: sideOf(baseline.record),
    candidate: sideOf(candidate.record),
    verdict: combineChanges(compared.flatMap(({ effects }) => effects.map(({ verdict }) => verdict))),
    differences: differencesOf(baseline.record, candidate.record),
    exchanges,
    cautions: cautionsOf(baseline, candidate, common, shared),
    pairs: compared,
    unpaired: {
      baseline: unpaired.baseline.map(i => blockName(baseline.record.blocks[i])),
      candidate: unpaired.candidate.map(i => blockName(candidate.record.blocks[i])),
    },
  };
}
