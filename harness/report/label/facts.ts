import { LittlefirstError } from '../../errors.js';
import type { Figure, Saving } from '../../record/energy-figures.js';
import { figureText, partsText } from '../../record/figure-text.js';
import { energyWord, sig } from '../../record/format.js';
import { intervalText, positiveInterval, savingInterval, type TextInterval } from '../../record/interval.js';
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

type Line = LabelFacts['figures'][number];

/** A figure with its interval; without one the value alone. */
function line(
  name: string,
  value: number,
  interval: TextInterval | null,
  halves: Figure,
  unit: string,
): Line {
  return {
    name,
    value: intervalText(interval ?? { value, low: value, high: value }, unit),
    parts:
      interval === null ? 'interval not stated' : partsText(value, halves, unit === 'share' ? 100 : 1).trim(),
  };
}

/** A figure that cannot be negative; unresolved ones say so. */
function figure(name: string, of: Figure, unit: string): Line {
  return of.value === null
    ? { name, value: figureText(of, unit), parts: '' }
    : line(name, of.value, positiveInterval(of), of, unit);
}

function savingLine(
  name: string,
  saving: Pick<Saving, 'energy' | Exclude<keyof Figure, 'value' | 'unresolved' | 'atMost'>>,
): Line {
  const { energy, ...halves } = saving;
  return line(name, energy ?? Number.NaN, savingInterval(saving), { value: energy, ...halves }, 'share');
}

/** Life is energy over power: it has no upper end where the power may be 0. */
function batteryLife(name: string, days: Figure): Line {
  if (days.ci95?.[1] !== null) return figure(name, days, 'days');
  return { name, value: `at least ${sig(days.ci95[0], 2)} days`, parts: 'the power may be 0: no upper end' };
}

function figuresOf({ provenance }: RunRecord, word: string, block: Block): Line[] {
  const { energyPerWindow_uJ: energy, savingVsBigOnly: saving, averagePower_uW: power } = block;
  const [low, high] = block.accuracyCI95;
  return [
    {
      name: `Accuracy, ${provenance.dataset.name}`,
      value: block.scored === 0 ? 'not scored' : intervalText({ value: block.accuracy, low, high }, 'share'),
      parts: provenance.dataset.name === 'synthetic' ? 'SYNTHETIC windows: says nothing of people' : '',
    },
    ...(energy === null ? [] : [figure(`Energy of a window, active, ${word}`, energy, 'uJ')]),
    ...(block.strategy === baselineStrategy || typeof saving?.energy !== 'number'
      ? []
      : [
          savingLine(`Saved against big-only, active, ${word}`, saving),
          ...(saving.withSleep
            ? [savingLine(`Saved, sleep included, ${word}`, saving.withSleep)]
            : [{ name: `Saved, sleep included, ${word}`, value: 'sleep not known', parts: '' }]),
        ]),
    ...(power === null ? [] : [figure(`Average power, sleep included, ${word}`, power, 'uW')]),
    ...Object.entries(block.batteryDays ?? {})
      .slice(0, 2)
      .map(([battery, days]) => batteryLife(`Battery life, ${battery}, ${word}`, days)),
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
    ['Notation', "value [95 % interval] (the meter's part of its farther side, the model's)"],
  ];
}

/** The least that a block's saving may be. */
const leastSaving = ({ savingVsBigOnly: saving }: Block): number =>
  typeof saving?.energy === 'number'
    ? (savingInterval(saving)?.low ?? saving.energy)
    : Number.POSITIVE_INFINITY;

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
            low: 1 - (savingInterval(saving)?.high ?? saving.energy),
            high: 1 - (savingInterval(saving)?.low ?? saving.energy),
          },
        }
      : {}),
    provenance: provenanceOf(record),
  };
}
