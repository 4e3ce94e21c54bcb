import type { NumberRange, ScpiArguments } from './arguments.js';
import { faults, ScpiHeader } from './syntax.js';

export type ScpiAnswer = string | Buffer;

/** A node of the command tree. */
export interface ScpiCommand {
  header: ScpiHeader;
  /** Most parameters beside a channel list: of the command, of the query. */
  most: readonly [number, number];
  set?: (args: ScpiArguments) => void | Promise<void>;
  query?: (args: ScpiArguments) => ScpiAnswer | Promise<ScpiAnswer>;
}

export function command(
  notation: string,
  most: readonly [number, number],
  parts: Pick<ScpiCommand, 'set' | 'query'>,
): ScpiCommand {
  return { header: new ScpiHeader(notation), most, ...parts };
}

/** A number as answers write it. */
export function formatNumber(value: number): string {
  const text = value.toExponential(8).toUpperCase();
  const [mantissa, exponent] = text.split('E');
  const sign = value < 0 ? '' : '+';
  return `${sign}${mantissa}E${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** A number that can be set and asked for, also for its limits; one for the instrument, or one for each output. */
export function numeric(
  notation: string,
  range: NumberRange,
  access: { get: (channel: number) => number; set: (value: number, channel: number) => void },
  channels = 0,
): ScpiCommand {
  const wanted = (args: ScpiArguments): number[] => {
    if (channels > 0) return args.channels(channels);
    if (args.hasChannels) throw faults.notAllowed();
    return [0];
  };
  return command(notation, [1, 1], {
    set: args => {
      const list = wanted(args);
      const value = args.number(0, range);
      for (const channel of list) access.set(value, channel);
    },
    query: args => {
      const list = wanted(args);
      if (args.count > 0) {
        const limit = { MIN: range.min, MAX: range.max, DEF: range.def ?? range.min }[
          args.choice(0, ['MINimum', 'MAXimum', 'DEFault'])
        ];
        return list.map(() => formatNumber(limit ?? range.min)).join(',');
      }
      return list.map(channel => formatNumber(access.get(channel))).join(',');
    },
  });
}
