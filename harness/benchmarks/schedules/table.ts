import { type Battery, batteries, batteryDaysSelfDischarged } from '../../measure/chip/battery.js';
import { sig } from '../../record/format.js';
import type { Block, RunRecord } from '../../record/run-record.js';

/** A value with the ends of its 95 % interval. */
interface Ends {
  value: number;
  low: number;
  high: number;
}

const names: Record<string, string> = {
  'paper/big-only': 'Big alone',
  'little-first-a/little-first': 'A',
  'little-first-b/little-first': 'B',
};
const nameOf = ({ bundle, strategy }: Pick<Block, 'bundle' | 'strategy'>): string =>
  names[`${bundle}/${strategy}`] ?? `${bundle} ${strategy}`;

const text = ({ value, low, high }: Ends): string => `${sig(value, 3)} [${sig(low, 3)}, ${sig(high, 3)}]`;
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly string[][]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function endsOf(
  figure: { value: number | null; ci95?: readonly [number, number | null] } | null,
): Ends | undefined {
  const { value, ci95 } = figure ?? {};
  if (typeof value !== 'number' || ci95 === undefined) return undefined;
  return { value, low: ci95[0], high: ci95[1] ?? Number.POSITIVE_INFINITY };
}

/** Half-widths of independent causes, each side by its root of squares. */
function joined(value: number, ...causes: readonly (readonly [number, number])[]): Ends {
  const side = (of: (ends: readonly number[]) => number) => Math.hypot(...causes.map(ends => of(ends)));
  return {
    value,
    low: value - side(ends => Math.max(0, value - Math.min(...ends))),
    high: value + side(ends => Math.max(0, Math.max(...ends) - value)),
  };
}

/** z of the ends of a 95 % interval. */
const z95 = 1.96;

function life(battery: Battery, { value, low, high }: Ends): Ends {
  const days = (microwatts: number, z = 0) => batteryDaysSelfDischarged(battery, microwatts, z);
  return joined(days(value), [days(low), days(high)], [days(value, -z95), days(value, z95)]);
}

/** How many times as long as with Big alone at its best level: what both owe to one assumption of the model cancels. */
function lifeRatio(battery: Battery, big: Ends, block: Block): Ends | undefined {
  const asleep = block.savingVsBigOnly?.withSleep ?? null;
  const saving = asleep === null ? undefined : endsOf({ ...asleep, value: asleep.energy });
  if (saving === undefined) return undefined;
  const ratio = (share: number, power = big.value, z = 0) =>
    batteryDaysSelfDischarged(battery, power * (1 - share), z) / batteryDaysSelfDischarged(battery, power, z);
  const { value, low, high } = saving;
  return joined(
    ratio(value),
    [ratio(low), ratio(high)],
    [ratio(value, big.value, -z95), ratio(value, big.value, z95)],
  );
}

/** Chip x strategy at the schedule that was chosen for it. */
export function schedulesTable({ blocks }: RunRecord): string {
  const cells = Object.values<Battery>(batteries);
  const rows = blocks.map(block => {
    const big = blocks.find(
      other => other.strategy === 'big-only' && other.board === block.board && other.chip === block.chip,
    );
    const [active, power, ofBig] = [
      endsOf(block.energyPerWindow_uJ),
      endsOf(block.averagePower_uW),
      endsOf(big?.averagePower_uW ?? null),
    ];
    const days = cells.map(battery => (power === undefined ? '-' : text(life(battery, power))));
    const ratios = cells.map(battery => {
      if (block === big || ofBig === undefined) return '1';
      const ratio = lifeRatio(battery, ofBig, block);
      return ratio === undefined ? '-' : text(ratio);
    });
    return [
      block.chip,
      nameOf(block),
      block.level.name,
      active === undefined ? '-' : text(active),
      power === undefined ? '-' : text(power),
      ...days,
      ...ratios,
    ];
  });
  return table(
    [
      'chip',
      'strategy',
      'best schedule',
      'active, uJ a window',
      'average, uW',
      ...cells.map(({ name }) => `${name}, days`),
      ...cells.map(({ name }) => `${name}, times Big's life`),
    ],
    rows,
  );
}

/** What each search found. */
export function searchesTable({ searches = [] }: RunRecord): string {
  return table(
    [
      'chip',
      'strategy',
      'best single level',
      'best pair, gate+Big',
      'the pair gains, uW',
      'chosen',
      'trials',
    ],
    searches.map(({ gain_uW: gain, ...search }) => [
      search.chip,
      nameOf(search),
      search.bestSingle,
      search.bestPair ?? '-',
      gain === null
        ? '-'
        : text({ value: gain.value, low: gain.ci95?.[0] ?? gain.value, high: gain.ci95?.[1] ?? gain.value }),
      search.chosen,
      String(search.trials.length),
    ]),
  );
}
