import { markers, type PowerEvent } from '../../machine/machine.js';

/** Bits that a byte takes on an 8N1 line: start, eight, stop. */
export const bitsPerByte = 10;

/** When each window began and how long the core worked, by the machine's virtual time. */
export interface WindowTimes {
  /** Virtual time of each window's first gate or Big edge, nanoseconds. */
  startsNs: number[];
  /** Time in marker states gate and Big from each start to the next; one shorter than `startsNs`. */
  workNs: number[];
}

const isWork = (marker: number): boolean => marker === markers.gate || marker === markers.big;

/**
 * Reads windows off the marker lines: a window begins where they change from idle or transfer to gate or Big.
 * @param events power events in order; only markers count
 */
export function windowTimes(events: readonly PowerEvent[]): WindowTimes {
  const startsNs: number[] = [];
  const workNs: number[] = [];
  let state: number = markers.idle;
  let since = 0;
  let work = 0;
  for (const { kind, value, timeNs } of events) {
    if (kind !== 'marker') continue;
    if (isWork(state)) work += timeNs - since;
    else if (isWork(value)) {
      if (startsNs.length > 0) workNs.push(work);
      startsNs.push(timeNs);
      work = 0;
    }
    state = value;
    since = timeNs;
  }
  return { startsNs, workNs };
}

/** What a stream made of line and core between the starts of its first and its last window. */
export interface LineUse {
  windowsPerSecond: number;
  /**
   * Bits of the frames / bits that the line could have carried; 1 at most. Seen at the starts of the windows, which lag behind the
   * line by up to the receive FIFO's level, so a full line may show a hundredth of a percent too much or too little.
   */
  lineUse: number;
  /** Bits of the windows themselves, as if each were sent whole: above 1 where overlapping windows share bytes. */
  payloadUse: number;
  /** Share of the time that the core spent in gate and Big. */
  coreUse: number;
}

/**
 * Shares of the line and of the core. A window's computation cannot begin before its frame has come, so the frames of all windows
 * but the first lie between the first start and the last.
 * @param times windows in stream order, at least two
 * @param frameBytes bytes of each window's frame on the line, its delimiter included
 * @param line bits per second one way, and bytes of one window
 */
export function lineUseOf(
  times: WindowTimes,
  frameBytes: readonly number[],
  line: { baudRate: number; windowBytes: number },
): LineUse {
  const { startsNs, workNs } = times;
  if (startsNs.length < 2 || startsNs.length !== frameBytes.length)
    throw new RangeError(
      `${startsNs.length} windows on the markers, ${frameBytes.length} frames on the line`,
    );
  const seconds = (startsNs[startsNs.length - 1] - startsNs[0]) * 1e-9;
  const windows = startsNs.length - 1;
  const sentBytes = frameBytes.slice(1).reduce((a, b) => a + b, 0);
  const capacityBytes = (seconds * line.baudRate) / bitsPerByte;
  return {
    windowsPerSecond: windows / seconds,
    lineUse: Math.min(1, sentBytes / capacityBytes),
    payloadUse: (windows * line.windowBytes) / capacityBytes,
    coreUse: (workNs.reduce((a, b) => a + b, 0) * 1e-9) / seconds,
  };
}
