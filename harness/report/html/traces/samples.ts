import type { BlockData } from '../../../verdict/evaluation/block-data.js';

/** The samples of a trace as they are drawn: each holds from its time to the next one's, and the last one ends the trace. */
export interface Samples {
  /** From the beginning of the picture, nanoseconds, whole and growing. */
  nanoseconds: number[];
  amperes: number[];
  /** State of the marker lines, 0 to 3. */
  marker: number[];
  /** Supply, volts; absent in older journals. */
  volts?: number;
}

type Trace = NonNullable<BlockData['trace']>;

/** Samples of a drawn trace; more are put together between marker edges. */
const mostSamples = 1200;
/** What is shown of the time before the first window, as a share of the rest. */
const leadShare = 0.04;

/** The trace from a little before its first window: the transfer that comes before is long and says nothing. */
function fromFirstWindow({ seconds, amperes, marker, volts }: Trace): Samples {
  const first = marker.findIndex(state => state === 1 || state === 2);
  const end = seconds[seconds.length - 1];
  const start =
    first < 0 ? seconds[0] : Math.max(seconds[0], seconds[first] - leadShare * (end - seconds[first]));
  const next = seconds.findIndex(second => second > start);
  const before = Math.max(0, next - 1);
  return {
    nanoseconds: seconds.slice(before).map(second => Math.max(0, Math.round((second - start) * 1e9))),
    amperes: amperes.slice(before),
    marker: marker.slice(before),
    volts,
  };
}

/** Puts samples together until few are left, but for marker edges; each then has the mean of its time, so that every charge stays. */
function putTogether({ nanoseconds, amperes, marker, volts }: Samples): Samples {
  const last = marker.length - 1;
  const step = Math.max(1, Math.ceil(marker.length / mostSamples));
  const kept = [...marker.keys()].filter(i => i % step === 0 || i === last || marker[i] !== marker[i - 1]);
  const charges = [0];
  for (let i = 0; i < last; i += 1)
    charges.push(charges[i] + amperes[i] * (nanoseconds[i + 1] - nanoseconds[i]));
  return {
    nanoseconds: kept.map(i => nanoseconds[i]),
    amperes: kept.map((i, k) => {
      const to = kept[k + 1];
      const duration = to === undefined ? 0 : nanoseconds[to] - nanoseconds[i];
      return duration === 0 ? amperes[i] : (charges[to] - charges[i]) / duration;
    }),
    marker: kept.map(i => marker[i]),
    volts,
  };
}

/** The samples of a trace as they are drawn. */
export const samplesOf = (trace: Trace): Samples => putTogether(fromFirstWindow(trace));

export const endOf = ({ nanoseconds }: Samples): number => nanoseconds[nanoseconds.length - 1];
export const largestOf = ({ amperes }: Samples): number => amperes.reduce((a, b) => Math.max(a, b), 0);
