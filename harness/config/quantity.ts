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

/** The unit that a key's name says its number is in: symbol and size in SI units. */
const keyUnits: readonly (readonly [suffix: RegExp, symbol: string, size: number])[] = [
  [/Hz$/, 'Hz', 1],
  [/[mM]illivolts$|mV$/, 'V', 1e-3],
  [/[mM]icrovolts$/, 'V', 1e-6],
  [/[vV]olts$/, 'V', 1],
  [/[mM]icroseconds$/, 's', 1e-6],
  [/[mM]illiseconds$/, 's', 1e-3],
  [/[nN]s$|[nN]anoseconds$/, 's', 1e-9],
  [/[sS]econds$/, 's', 1],
  [/[aA]mps$/, 'A', 1],
  [/[oO]hms$/, 'ohm', 1],
  [/[kK]ilohertz$/, 'Hz', 1e3],
];

const rounded = (value: number): number => Number(value.toPrecision(12));

/**
 * What to write instead of a number with a unit in text, e.g. `0.97` for `97 %`.
 * @param key the key whose number it is; its name tells the unit that the file counts in
 * @returns undefined where the text is no number with a unit
 */
export function withoutUnit(text: string, key: string): string | undefined {
  const [, digits, unit = ''] =
    /^\s*([-+]?\d[\d,_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([a-zA-Z%µμΩ/]*)\s*$/.exec(text) ?? [];
  const value = Number(digits?.replace(/[,_]/g, ''));
  if (digits === undefined || !Number.isFinite(value)) return undefined;
  if (unit === '') return `write ${value} without quotes`;
  if (unit === '%') return `write ${rounded(value / 100)} for ${value} %`;
  const [, symbol, size] = keyUnits.find(([suffix]) => suffix.test(key)) ?? [];
  const name = unit.replace('Ω', 'ohm');
  if (symbol !== undefined && size !== undefined && name.endsWith(symbol)) {
    const factor = prefixes[name.slice(0, -symbol.length)];
    if (factor !== undefined) return `write ${rounded((value * factor) / size)}, without the unit`;
  }
  return `write ${value}, without "${unit}", in the unit that the file counts in`;
}
