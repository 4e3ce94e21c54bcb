import { LittlefirstError } from '../../errors.js';
import type { Figure } from '../../record/energy-figures.js';
import { energyWord, figureText, partsText, sig } from '../../record/format.js';
import { intervalText } from '../../record/interval.js';
import type { Block, RunRecord } from '../../record/run-record.js';
import { baselineStrategy, blockName } from '../../verdict/evaluation/blocks.js';
import { seriesLabel } from '../groups.js';

/** What an energy label says of one block. All texts are ready; every energy says whose it is. */
export interface LabelFacts {
  /** For file names and readers: the block. */
  block: string;
  system: string;
  where: string;
  outcome: RunRecord['outcome'];
  /** `modelled`, ...: stands beside every energy. */
  energy: string;
  /** `MODELLED ENERGY`, and what that means. */
  word: string;
  meaning: string;
  /** Figures with their 95 % intervals. */
  figures: { name: string; value: string; parts: string }[];
  /** Share of big-only's active energy that is left, 0 to 1, with its interval; undefined where there is none to compare with. */
  share?: { value: number; low: number; high: number };
  provenance: [name: string, text: string][];
}

const meanings: Record<RunRecord['provenance']['energy'], string> = {
  measured: 'A current meter on real silicon gave every energy on this label.',
  modelled: 'Computed from a chip profile. No silicon was measured.',
  indicative: 'A real meter, but rules of the method were waived: not called measured.',
  replayed: 'From recorded samples of another run.',
  none: 'The bench has no meter: accuracy and cycles only.',
};

interface Halves {
  u95: number | null;
  u95Meter: number | null;
  u95Model: number | null;
}

function figure(name: string, value: number, halves: Halves, unit: string): LabelFacts['figures'][number] {
  const { u95 } = halves;
  return {
    name,
    value: intervalText({ value, low: value - (u95 ?? 0), high: value + (u95 ?? 0) }, unit),
    parts: u95 === null ? 'interval not stated' : partsText(value, halves, unit === 'share' ? 100 : 1).trim(),
  };
}

/** Life is energy over power: its interval is what the ends of the power's make of it, and has no upper end where that holds 0. */
function batteryLife(name: string, days: Figure, power: Figure | null): LabelFacts['figures'][number] {
  if (days.value === null) return { name, value: figureText(days), parts: '' };
  const [mean, half] = [power?.value ?? null, power?.u95 ?? null];
  if (mean === null || half === null) return figure(name, days.value, days, 'days');
  const low = (days.value * mean) / (mean + half);
  if (half >= mean)
    return { name, value: `at least ${sig(low, 2)} days`, parts: 'the power may be 0: no upper end' };
  const high = (days.value * mean) / (mean - half);
  return { name, value: intervalText({ value: days.value, low, high }, 'days'), parts: '' };
}

function figuresOf({ provenance }: RunRecord, word: string, block: Block): LabelFacts['figures'] {
  const { energyPerWindow_uJ: energy, savingVsBigOnly: saving, averagePower_uW: power } = block;
  const [low, high] = block.accuracyCI95;
  const known = (name: string, of: Figure, unit: string) =>
    of.value === null ? { name, value: figureText(of), parts: '' } : figure(name, of.value, of, unit);
  return [
    {
      name: `Accuracy, ${provenance.dataset.name}`,
      value: block.scored === 0 ? 'not scored' : intervalText({ value: block.accuracy, low, high }, 'share'),
      parts: provenance.dataset.name === 'synthetic' ? 'SYNTHETIC windows: says nothing of people' : '',
    },
    ...(energy === null ? [] : [figure(`Energy of a window, active, ${word}`, energy.value, energy, 'uJ')]),
    ...(block.strategy === baselineStrategy || typeof saving?.energy !== 'number'
      ? []
      : [
          figure(`Saved against big-only, active, ${word}`, saving.energy, saving, 'share'),
          ...(saving.withSleep
            ? [figure(`Saved, sleep included, ${word}`, saving.withSleep.energy, saving.withSleep, 'share')]
            : [{ name: `Saved, sleep included, ${word}`, value: 'sleep not known', parts: '' }]),
        ]),
    ...(power === null ? [] : [known(`Average power, sleep included, ${word}`, power, 'uW')]),
    ...Object.entries(block.batteryDays ?? {})
      .slice(0, 2)
      .map(([battery, days]) => batteryLife(`Battery life, ${battery}, ${word}`, days, power)),
  ];
}

function provenanceOf(record: RunRecord): [string, string][] {
  const { provenance, waived = [] } = record;
  const { dataset, meter, harness, firmwares } = provenance;
  const image = firmwares.map(one => one.sha256.slice(0, 12)).join(', ');
  return [
    ['Run', `${record.id}, ${record.startedAt.slice(0, 10)}, outcome ${record.outcome}`],
    [
      'Data',
      `${dataset.name}, ${dataset.split}, ${dataset.order} order, ${dataset.windows} windows, SHA-256 ${dataset.sha256.slice(0, 12)}`,
    ],
    ['Meter', `${meter.model}${meter.emulated ? ' (emulated)' : ''}`],
    ['Firmware', image === '' ? 'none of ours' : `SHA-256 ${image}`],
    [
      'Harness',
      `littlefirst ${harness.version}, commit ${harness.commit.slice(0, 12)}${harness.dirty ? ' with local changes' : ''}`,
    ],
    ['Waived', waived.length === 0 ? 'nothing' : waived.join('; ')],
    ['Notation', "value [95 % interval] (the meter's part of its half width, the model's)"],
  ];
}

/** The least that a block's saving may be. */
const leastSaving = ({ savingVsBigOnly: saving }: Block): number =>
  typeof saving?.energy === 'number' ? saving.energy - (saving.u95 ?? 0) : Number.POSITIVE_INFINITY;

/**
 * The block that a label is of: the one named, else of all cascades' blocks the one that saves least, so that no label is a picked maximum.
 * @throws LF_USAGE where there is no such block
 */
export function labelBlock({ blocks }: RunRecord, name?: string): Block {
  const cascades = blocks.filter(({ strategy }) => strategy !== baselineStrategy);
  const candidates = cascades.length > 0 ? cascades : blocks;
  const chosen =
    name === undefined
      ? [...candidates].sort((a, b) => (leastSaving(a) < leastSaving(b) ? -1 : 1))[0]
      : blocks.find(block => blockName(block) === name);
  if (chosen === undefined)
    throw new LittlefirstError('LF_USAGE', 'The run has no such block', {
      expected: blocks.length === 0 ? 'a run with blocks' : `one of ${blocks.map(blockName).join(', ')}`,
      received: name ?? 'a run without blocks',
      hint: 'name a block as the report does: board/chip/level/bundle/strategy',
    });
  return chosen;
}

/** What the label of a block says. */
export function labelFacts(record: RunRecord, block: Block): LabelFacts {
  const { board, chip, level } = block;
  const { energy: kind } = record.provenance;
  const isKnown = block.energyPerWindow_uJ !== null;
  const word = energyWord(record);
  const saving = block.strategy === baselineStrategy ? null : block.savingVsBigOnly;
  const validity = block.valid === true ? '' : ' BLOCK NOT VALID: its energy is not used.';
  return {
    block: blockName(block),
    system: seriesLabel(record, block),
    where: `${board === chip ? board : `${chip} on board ${board}`}, ${level.name} (${level.mV} mV, ${sig(level.Hz / 1e6)} MHz), every ${record.periodSeconds} s`,
    outcome: record.outcome,
    energy: word,
    word: isKnown ? `${word.toUpperCase()} ENERGY` : 'NO ENERGY',
    meaning: `${isKnown ? meanings[kind] : 'This block has no valid energy.'}${validity}`,
    figures: figuresOf(record, word, block),
    ...(typeof saving?.energy === 'number'
      ? {
          share: {
            value: 1 - saving.energy,
            low: 1 - saving.energy - (saving.u95 ?? 0),
            high: 1 - saving.energy + (saving.u95 ?? 0),
          },
        }
      : {}),
    provenance: provenanceOf(record),
  };
}
