import { command, formatNumber, type ScpiAnswer, type ScpiCommand } from './command.js';

/**
 * What `FORMat` does in one maker's instruments. Keysight: single precision in blocks of definite length, big-endian at first (N6705C operating and service guide,
 * page 286). Keithley: double or single precision between `#0` and a line feed, little-endian at first (DMM6500-901-01, 13-44; 2461-901-01, 6-45 and 6-46).
 */
export interface FormatRules {
  /** Formats by their notation: bytes a number, 0 for text; and what the query answers. */
  formats: Readonly<Record<string, { bytes: 0 | 4 | 8; answer: string }>>;
  isSwapped: boolean;
  hasLength: boolean;
}

export const keysightFormat: FormatRules = {
  formats: { ASCii: { bytes: 0, answer: 'ASCII' }, REAL: { bytes: 4, answer: 'REAL' } },
  isSwapped: false,
  hasLength: true,
};

export const keithleyFormat: FormatRules = {
  formats: {
    ASCii: { bytes: 0, answer: 'ASC' },
    REAL: { bytes: 8, answer: 'REAL' },
    SREal: { bytes: 4, answer: 'SRE' },
  },
  isSwapped: true,
  hasLength: false,
};

/** `FORMat[:DATA]` and `FORMat:BORDer` of one instrument, and numbers as they say. */
export class MeasurementFormat {
  readonly #rules: FormatRules;
  #format: { bytes: 0 | 4 | 8; answer: string };
  #isSwapped: boolean;
  readonly commands: readonly ScpiCommand[];

  constructor(rules: FormatRules) {
    this.#rules = rules;
    this.#format = rules.formats['ASCii'];
    this.#isSwapped = rules.isSwapped;
    const names = Object.keys(rules.formats);
    this.commands = [
      command('FORMat[:DATA]', [1, 0], {
        set: args => {
          const short = args.choice(0, names);
          const name = names.find(notation => notation.replace(/[a-z]+/g, '') === short) ?? names[0];
          this.#format = rules.formats[name];
        },
        query: () => this.#format.answer,
      }),
      command('FORMat:BORDer', [1, 0], {
        set: args => {
          this.#isSwapped = args.choice(0, ['NORMal', 'SWAPped']) === 'SWAP';
        },
        query: () => (this.#isSwapped ? 'SWAP' : 'NORM'),
      }),
    ];
  }

  reset(): void {
    this.#format = this.#rules.formats['ASCii'];
    this.#isSwapped = this.#rules.isSwapped;
  }

  get isText(): boolean {
    return this.#format.bytes === 0;
  }

  encode(values: readonly number[]): ScpiAnswer {
    const { bytes } = this.#format;
    if (bytes === 0) return values.map(formatNumber).join(',');
    const block = Buffer.alloc(values.length * bytes);
    for (const [i, value] of values.entries()) {
      if (bytes === 4 && this.#isSwapped) block.writeFloatLE(value, i * 4);
      else if (bytes === 4) block.writeFloatBE(value, i * 4);
      else if (this.#isSwapped) block.writeDoubleLE(value, i * 8);
      else block.writeDoubleBE(value, i * 8);
    }
    const length = String(block.length);
    const head = this.#rules.hasLength ? `#${length.length}${length}` : '#0';
    return Buffer.concat([Buffer.from(head, 'latin1'), block]);
  }
}
