/** The grammar of SCPI-99 and IEEE 488.2 as far as instruments in this folder need it: messages, headers, paths. */

/** An error as the queue holds it (SCPI-99, chapter 21.8). */
export class ScpiFault extends Error {
  constructor(
    readonly code: number,
    readonly text: string,
  ) {
    super(`${code},"${text}"`);
  }
}

export const faults = {
  syntax: () => new ScpiFault(-102, 'Syntax error'),
  dataType: () => new ScpiFault(-104, 'Data type error'),
  notAllowed: () => new ScpiFault(-108, 'Parameter not allowed'),
  missing: () => new ScpiFault(-109, 'Missing parameter'),
  undefinedHeader: () => new ScpiFault(-113, 'Undefined header'),
  suffix: () => new ScpiFault(-131, 'Invalid suffix'),
  character: () => new ScpiFault(-141, 'Invalid character data'),
  string: () => new ScpiFault(-151, 'Invalid string data'),
  expression: () => new ScpiFault(-171, 'Invalid expression'),
  initIgnored: () => new ScpiFault(-213, 'Init ignored'),
  conflict: () => new ScpiFault(-221, 'Settings conflict'),
  outOfRange: () => new ScpiFault(-222, 'Data out of range'),
  /** Of Keithley's own. */
  validName: (parameter: number) =>
    new ScpiFault(1133, `Parameter ${parameter}, Syntax error, expected valid name parameters`),
  illegal: () => new ScpiFault(-224, 'Illegal parameter value'),
};

/** One message unit: `VOLT 3.3,(@1)`. */
export interface ScpiUnit {
  /** Mnemonics from the root, in capitals; of a common command one that begins with `*`. */
  path: string[];
  isQuery: boolean;
  parameters: string[];
}

/** Splits at a separator outside of quotes and parentheses. @throws ScpiFault where these have no end */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quote = '';
  let depth = 0;
  for (const character of text) {
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push(part);
      part = '';
      continue;
    }
    part += character;
  }
  if (quote !== '') throw faults.string();
  if (depth !== 0) throw faults.expression();
  parts.push(part);
  return parts;
}

/**
 * Reads one unit of a message.
 * @param path where a header without a colon in front begins: the path of the unit before it (SCPI-99, 6.2.4)
 * @throws ScpiFault
 */
export function parseUnit(text: string, path: readonly string[]): ScpiUnit {
  const match = /^(\*?[:a-z0-9_]+)(\?)?(?:\s+(.*))?$/is.exec(text.trim());
  if (match === null) throw faults.syntax();
  const [, header, query, rest = ''] = match;
  const parameters = rest.trim() === '' ? [] : splitOutside(rest, ',').map(part => part.trim());
  const isQuery = query === '?';
  const upper = header.toUpperCase();
  if (upper.startsWith('*')) return { path: [upper], isQuery, parameters };
  const isAbsolute = upper.startsWith(':');
  const names = (isAbsolute ? upper.slice(1) : upper).split(':');
  if (names.some(name => !/^[A-Z][A-Z0-9_]*$/.test(name))) throw faults.syntax();
  return { path: isAbsolute ? names : [...path, ...names], isQuery, parameters };
}

interface Node {
  short: string;
  long: string;
  isOptional: boolean;
}

/** A header in the notation of the manuals: `[SOURce:]VOLTage[:LEVel]`, capitals for the short form, brackets for what may be left out. */
export class ScpiHeader {
  readonly #nodes: readonly Node[];

  constructor(readonly notation: string) {
    this.#nodes = [...notation.matchAll(/(\[)?:?(\*?[A-Za-z0-9]+):?(\])?/g)].map(([, open, name]) => ({
      short: name.replace(/[a-z]+/g, '').toUpperCase(),
      long: name.toUpperCase(),
      isOptional: open !== undefined,
    }));
  }

  matches(path: readonly string[]): boolean {
    const from = (node: number, at: number): boolean => {
      if (node === this.#nodes.length) return at === path.length;
      const { short, long, isOptional } = this.#nodes[node];
      const name = path[at]?.replace(/^([A-Z].*[A-Z])1$/, '$1');
      if ((name === short || name === long) && from(node + 1, at + 1)) return true;
      return isOptional && from(node + 1, at);
    };
    return from(0, 0);
  }
}
