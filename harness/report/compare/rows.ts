import { dash, percent, sig } from '../../record/format.js';
import { intervalText } from '../../record/interval.js';
import type { ComparedPair, Comparison, Effect } from '../../verdict/compare/comparison.js';

/** The comparison as every form shows it: the terminal, Markdown and the page take their text from here. */

/** One compared figure as text. */
export interface EffectRow {
  block: string;
  figure: string;
  baseline: string;
  candidate: string;
  change: string;
  detail: string;
  verdict: Effect['verdict'];
}

const order: readonly Effect['verdict'][] = ['worse', 'not comparable', 'better', 'no difference shown'];

/** What stands above the columns. */
export const effectHead = [
  'verdict',
  'figure',
  'block',
  'baseline',
  'candidate',
  'change [95 %]',
  'from',
] as const;

/** Where the two runs' energy comes from: `modelled`, or `modelled / measured`. */
export function energyWords({ baseline, candidate }: Comparison): string {
  const word = (energy: string) => (energy === 'none' ? 'unmeasured' : energy);
  return [...new Set([word(baseline.energy), word(candidate.energy)])].join(' / ');
}

export function figureName({ metric }: Effect, words: string): string {
  if (metric === 'energy') return `${words} energy / window`;
  if (metric === 'energy with sleep') return `${words} energy / period, sleep included`;
  return metric === 'active time' ? 'active time, mean' : metric;
}

function valueText(value: number | null, unit: Effect['unit']): string {
  if (value === null) return dash;
  if (unit === 'share') return `${percent(value)} %`;
  return `${sig(value)} ${unit === 'uJ' ? 'µJ' : unit}`;
}

export function changeText({ change, unit }: Effect): string {
  if (change === null) return dash;
  if (change.isRelative) return intervalText(change, 'share', { isSigned: true });
  return intervalText(change, unit === 'share' ? 'points' : unit, { isSigned: true });
}

/** A half width as per cent. */
const half = (share: number): string => sig(share * 100, 2);

function detailText({ parts, paired, note }: Effect): string {
  if (note !== undefined) return note;
  if (paired !== undefined)
    return `only candidate right ${paired.onlyCandidate}, only baseline ${paired.onlyBaseline}; McNemar p ${paired.p < 0.001 ? '< 0.001' : `= ${sig(paired.p, 2)}`}`;
  if (parts === undefined) return '';
  const named = [
    ['windows', parts.windows],
    ['meter', parts.meter],
    ['model', parts.model],
  ] as const;
  const told = named.flatMap(([name, share]) => (share > 1e-9 ? [`${name} ${half(share)}`] : []));
  return told.length === 0 ? 'equal in every window' : `half widths, %: ${told.join(', ')}`;
}

function rowOf(pair: ComparedPair, effect: Effect, words: string): EffectRow {
  return {
    block: pair.name,
    figure: figureName(effect, words),
    baseline: valueText(effect.baseline, effect.unit),
    candidate: valueText(effect.candidate, effect.unit),
    change: changeText(effect),
    detail: detailText(effect),
    verdict: effect.verdict,
  };
}

/** All compared figures, what needs a look first. */
export function effectRows(comparison: Comparison): EffectRow[] {
  const words = energyWords(comparison);
  const rows = comparison.pairs.flatMap(pair => pair.effects.map(effect => rowOf(pair, effect, words)));
  return order.flatMap(verdict => rows.filter(row => row.verdict === verdict));
}

export const cellsOf = (row: EffectRow): string[] => [
  row.verdict,
  row.figure,
  row.block,
  row.baseline,
  row.candidate,
  row.change,
  row.detail,
];

/** What the comparison comes to, in a line. */
export function verdictLine(comparison: Comparison): string {
  const effects = comparison.pairs.flatMap(pair => pair.effects);
  const of = (wanted: Effect['verdict']) => effects.filter(({ verdict }) => verdict === wanted).length;
  const counts = `${of('better')} better, ${of('worse')} worse, ${of('no difference shown')} without a difference shown, ${of('not comparable')} not comparable`;
  return `${comparison.verdict.toUpperCase()}: ${counts}`;
}

/** Sentences that must be read with the figures. */
export function comparisonNotes(comparison: Comparison): string[] {
  const { exchanges, cautions, unpaired, pairs } = comparison;
  const effects = pairs.reduce((sum, pair) => sum + pair.effects.length, 0);
  const list = (names: readonly string[]) =>
    `${names.slice(0, 4).join(', ')}${names.length > 4 ? ` and ${names.length - 4} more` : ''}`;
  return [
    ...cautions,
    ...exchanges.map(
      one => `Exchanged ${one.dimension}: ${one.baseline} (baseline), ${one.candidate} (candidate).`,
    ),
    ...(unpaired.baseline.length > 0 ? [`Only in the baseline: ${list(unpaired.baseline)}.`] : []),
    ...(unpaired.candidate.length > 0 ? [`Only in the candidate: ${list(unpaired.candidate)}.`] : []),
    ...(effects >= 20
      ? [
          `${effects} figures are compared at 95 %: of equal ones some ${sig(effects / 20, 2)} would differ by chance.`,
        ]
      : []),
  ];
}

/** What an interval and a verdict mean here. */
export const reading =
  'Change: candidate against baseline over the same windows, with the 95 % interval over windows, people, meter and model. Better or worse: the whole interval lies on one side of 0, for accuracy also McNemar p < 0.05.';
