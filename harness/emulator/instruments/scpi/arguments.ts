import { faults } from './syntax.js';

/** What a number may be; MINimum, MAXimum and DEFault stand for these. */
export interface NumberRange {
  unit?: 'V' | 'A' | 'S' | 'HZ';
  min: number;
  max: number;
  def?: number;
}

const multipliers: Readonly<Record<string, number>> = {
  '': 1,
  P: 1e-12,
  N: 1e-9,
  U: 1e-6,
  M: 1e-3,
  K: 1e3,
  MA: 1e6,
  G: 1e9,
  T: 1e12,
};

const isWord = (text: string, notation: string): boolean => {
  const upper = text.toUpperCase();
  return upper === notation.toUpperCase() || upper === notation.replace(/[a-z]+/g, '');
};

/** A number with its suffix: `3.3`, `100 mA`, `1E-3 S`, `.5`, `#H1F`, `MAX`. @throws ScpiFault -104, -131, -222 */
export function readNumber(text: string, { unit, min, max, def }: NumberRange): number {
  if (isWord(text, 'MINimum')) return min;
  if (isWord(text, 'MAXimum')) return max;
  if (isWord(text, 'DEFault')) return def ?? min;
  const [, hex] = /^#H([0-9a-f]+)$/i.exec(text) ?? [];
  const [, digits, suffix] =
    hex === undefined
      ? (/^([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*E\s*[+-]?\d+)?)\s*([A-Z]*)$/i.exec(text) ?? [])
      : ['', String(Number.parseInt(hex, 16)), ''];
  if (digits === undefined) throw faults.dataType();
  const value = Number(digits.replaceAll(' ', '')) * factor((suffix ?? '').toUpperCase(), unit);
  const slack = 1e-9 * Math.max(Math.abs(min), Math.abs(max));
  if (!(value >= min - slack && value <= max + slack)) throw faults.outOfRange();
  return value;
}

function factor(suffix: string, unit: NumberRange['unit']): number {
  if (suffix === '') return 1;
  if (unit === undefined || !suffix.endsWith(unit)) throw faults.suffix();
  const prefix = suffix.slice(0, -unit.length);
  /* IEEE 488.2, 7.7.3: MHZ is a million, not a thousandth. */
  const value = prefix === 'M' && unit === 'HZ' ? 1e6 : multipliers[prefix];
  if (value === undefined) throw faults.suffix();
  return value;
}

/** Parameters of one unit. */
export class ScpiArguments {
  readonly #parameters: readonly string[];
  readonly #list: string | undefined;

  constructor(parameters: readonly string[]) {
    const last = parameters.at(-1);
    this.#list = last?.startsWith('(') ? last : undefined;
    this.#parameters = this.#list === undefined ? parameters : parameters.slice(0, -1);
  }

  get count(): number {
    return this.#parameters.length;
  }

  get hasChannels(): boolean {
    return this.#list !== undefined;
  }

  /** @throws ScpiFault -109 */
  text(index: number): string {
    const text = this.#parameters[index];
    if (text === undefined || text === '') throw faults.missing();
    return text;
  }

  number(index: number, range: NumberRange): number {
    return readNumber(this.text(index), range);
  }

  /** @throws ScpiFault -141 */
  boolean(index: number): boolean {
    const text = this.text(index).toUpperCase();
    if (text === 'ON') return true;
    if (text === 'OFF') return false;
    const value = Number(text);
    if (!Number.isFinite(value)) throw faults.character();
    return Math.round(value) !== 0;
  }

  /** One of several words, in its short form. @throws ScpiFault -224 */
  choice(index: number, notations: readonly string[]): string {
    const text = this.text(index);
    const found = notations.find(notation => isWord(text, notation));
    if (found === undefined) throw faults.illegal();
    return found.replace(/[a-z]+/g, '');
  }

  /** Content of a quoted string. @throws ScpiFault -104 */
  string(index: number): string {
    const [, , content] = /^(["'])(.*)\1$/.exec(this.text(index)) ?? [];
    if (content === undefined) throw faults.dataType();
    return content;
  }

  /** Numbers of a channel list: `(@1,3:4)`. @throws ScpiFault -109, -171, -222 */
  channels(count: number): number[] {
    if (this.#list === undefined) throw faults.missing();
    const [, inside] = /^\(\s*@\s*([\d\s,:]*)\)$/.exec(this.#list) ?? [];
    if (inside === undefined) throw faults.expression();
    const channels = inside.split(',').flatMap(part => {
      const [, from, to = from] = /^\s*(\d+)\s*(?::\s*(\d+)\s*)?$/.exec(part) ?? [];
      if (from === undefined) throw faults.expression();
      const [first, last] = [Number(from), Number(to)];
      if (first < 1 || last < 1 || first > count || last > count) throw faults.outOfRange();
      const step = Math.sign(last - first) || 1;
      return Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => first + i * step);
    });
    return [...new Set(channels)];
  }
}
