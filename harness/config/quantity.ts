/** Prefixes of the SI that people write before units, and what they multiply by. */
const prefixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  µ: 1e-6,
  μ: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};

/** A unit that numbers are counted in: its symbol without prefix, and its size in that unit of the SI. */
export interface Unit {
  symbol: string;
  size: number;
}

/** The unit that a key's name says its number is in. Longer names stand before those that end in the same letters. */
const keyUnits: readonly (readonly [suffix: RegExp, symbol: string, size: number])[] = [
  [/[kK]ilohertz$/, 'Hz', 1e3],
  [/Hz$|[hH]ertz$/, 'Hz', 1],
  [/[mM]illivolts$|mV$/, 'V', 1e-3],
  [/[mM]illivoltsPerKelvin$/, 'V/K', 1e-3],
  [/[mM]icrovolts$/, 'V', 1e-6],
  [/[vV]olts$/, 'V', 1],
  [/[mM]inutes$/, 's', 60],
  [/[mM]icroseconds$/, 's', 1e-6],
  [/[mM]illiseconds$/, 's', 1e-3],
  [/[nN]s$|[nN]anoseconds$/, 's', 1e-9],
  [/[sS]econds$/, 's', 1],
  [/[nN]anoamps$/, 'A', 1e-9],
  [/[mM]icroamps$/, 'A', 1e-6],
  [/[mM]illiamps$/, 'A', 1e-3],
  [/[aA]mps(PerSecond|PerRootSecond)?$/, 'A', 1],
  [/[pP]icofarads$/, 'F', 1e-12],
  [/[nN]anojoules$/, 'J', 1e-9],
  [/[mM]icrojoules$/, 'J', 1e-6],
  [/[jJ]oules$/, 'J', 1],
  [/[mM]icrowatts$/, 'W', 1e-6],
  [/[oO]hms$/, 'ohm', 1],
  [/[cC]elsius$/, '°C', 1],
  [/[bB]ytes$/, 'B', 1],
  [/[pP]pm$/, 'ppm', 1],
  [/baud(Rate)?$/i, 'baud', 1],
];

/** Other ways in which people write a unit, in the spelling above. */
const spellings: readonly (readonly [written: RegExp, symbol: string])[] = [
  [/Ω|[oO]hms?$/, 'ohm'],
  [/^(sec|seconds?)$/, 's'],
  [/^min(utes?)?$/, 'min'],
  [/^(deg|°)? ?C$/, '°C'],
  [/(bytes?|Byte)$/, 'B'],
  [/^(bps|Bd)$/, 'baud'],
];

/** Units that no prefix makes, in seconds. */
const longTimes: Readonly<Record<string, number>> = {
  min: 60,
  h: 3600,
  d: 86_400,
  day: 86_400,
  days: 86_400,
};

const rounded = (value: number): number => Number(value.toPrecision(12));

/** The size of a written unit in the SI's, where it is one of a symbol. */
function sizeOf(written: string, symbol: string): number | undefined {
  if (symbol === 's' && Object.hasOwn(longTimes, written)) return longTimes[written];
  if (!written.endsWith(symbol)) return undefined;
  return prefixes[written.slice(0, -symbol.length)];
}

const unitOfKey = (key: string): Unit | undefined => {
  const [, symbol, size] = keyUnits.find(([suffix]) => suffix.test(key)) ?? [];
  return symbol === undefined || size === undefined ? undefined : { symbol, size };
};

/** A text as digits and what is written behind them; undefined where it is no number with a unit. */
function parted(text: string): { value: number; unit: string } | undefined {
  const [, digits, unit = ''] =
    /^\s*([-+]?\d[\d,_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([a-zA-Z%µμΩ°/]*(?: C)?)\s*$/.exec(text) ?? [];
  const value = Number(digits?.replace(/[,_]/g, ''));
  return digits === undefined || !Number.isFinite(value) ? undefined : { value, unit };
}

const spelt = (unit: string): string =>
  spellings.reduce((told, [written, symbol]) => told.replace(written, symbol), unit);

/** A number written with a unit, in the unit that is wanted; undefined where the text is no such number: `48 MHz` is 48e6 of `{ symbol: 'Hz', size: 1 }`. */
export function inUnit(text: string, { symbol, size }: Unit): number | undefined {
  const { value, unit } = parted(text) ?? {};
  const factor = unit === undefined ? undefined : sizeOf(spelt(unit), symbol);
  return value === undefined || factor === undefined ? undefined : rounded((value * factor) / size);
}

/**
 * What to write instead of a number with a unit in text, e.g. `0.97` for `97 %`.
 * @param key the key whose number it is; its name tells the unit that the file counts in
 * @param known that unit, where something else than the name tells it
 * @returns undefined where the text is no number with a unit
 */
export function withoutUnit(text: string, key: string, known = unitOfKey(key)): string | undefined {
  const { value, unit } = parted(text) ?? {};
  if (value === undefined || unit === undefined) return undefined;
  if (unit === '') return `write ${value} without quotes`;
  if (unit === '%' && known === undefined) return `write ${rounded(value / 100)} for ${value} %`;
  const exact = known === undefined ? undefined : inUnit(text, known);
  if (exact !== undefined) return `write ${exact}, without the unit`;
  return `write ${value}, without "${unit}", in the unit that the file counts in`;
}
