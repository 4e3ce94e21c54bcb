import type { SampleChunk } from '../../measure/meter/meter.js';
import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

const loops = 6;
const guardMicroseconds = 20_000;
/** Asleep draws less than this share of what Big draws; more, and the board does not sleep, or something else on the meter's line draws it. */
const sleepShare = 0.5;
/** An edge of the current this much after its marker spoils the energy of a window, seconds. Assumed: a hundredth of a short window. */
const latestSeconds = 200e-6;

interface Sample {
  amps: number;
  state: number;
  /** Meters may join a stretch in which nothing changes to one sample. */
  seconds: number;
  /** The meter's own period. */
  period: number;
}

async function sampled(rig: Rig, meter: NonNullable<Rig['dut']['meter']>): Promise<Sample[]> {
  const samples: Sample[] = [];
  const count = await rig.loadWindows(2);
  await rig.client.guard(guardMicroseconds);
  await meter.start((chunk: SampleChunk) => {
    const seconds = chunk.periodNs * 1e-9;
    const period = (chunk.nominalNs ?? chunk.periodNs) * 1e-9;
    chunk.current.forEach((amps, i) => {
      if (!Number.isNaN(amps)) samples.push({ amps, state: chunk.logic[i] & 3, seconds, period });
    });
  });
  try {
    await rig.client.loop(loops, count);
    await rig.settle();
  } finally {
    await meter.stop();
  }
  return samples;
}

const total = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);
const duration = (samples: readonly Sample[]): number => total(samples.map(({ seconds }) => seconds));
/** Over time, amperes. */
const mean = (samples: readonly Sample[]): number =>
  total(samples.map(({ amps, seconds }) => amps * seconds)) / duration(samples);
const text = (amps: number): string => `${(amps * 1e6).toPrecision(3)} uA`;

/** Seconds from each edge 00 -> compute to the sample whose current first passes the middle between asleep and computing. */
function latencies(samples: readonly Sample[], asleep: number, awake: number): number[] {
  const middle = (asleep + awake) / 2;
  const isComputing = (state: number) => state === 1 || state === 2;
  return samples.flatMap(({ state }, edge) => {
    if (edge === 0 || samples[edge - 1].state !== 0 || !isComputing(state)) return [];
    let at = edge;
    while (at < samples.length && (samples[at].amps - middle) * (awake - asleep) < 0) at += 1;
    return [duration(samples.slice(edge, at))];
  });
}

export const supply: Check = {
  name: 'supply',
  title: "draws its sleep current under marker 00, and Big's from its marker on",
  look: "what draws current in idle: the port (port_sleep; clocks of peripherals left on; the regulator; pins that float or drive a load), then the board (debugger, LEDs, a regulator behind the meter, the line's own pull-ups)",
  run: async rig => {
    const { meter } = rig.dut;
    if (meter === undefined) return skip('this bench has no meter');
    const samples = await sampled(rig, meter);
    const of = (...wanted: number[]) => samples.filter(({ state }) => wanted.includes(state));
    const [idle, busy] = [of(0), of(1, 2)];
    if (idle.length === 0 || busy.length === 0)
      return fail(
        `the meter's logic inputs show ${idle.length} samples at 00 and ${busy.length} at 01 or 10: are the markers wired?`,
      );
    const [asleep, awake] = [mean(idle), mean(busy)];
    const seen = `${text(asleep)} at 00, ${text(awake)} while networks run`;
    if (asleep > sleepShare * awake) return fail(seen);
    const late = Math.max(...latencies(samples, asleep, awake));
    const told = `${seen}; current at most ${(late * 1e6).toFixed(0)} us behind its marker`;
    return late > latestSeconds + samples[0].period ? fail(told) : pass(told);
  },
};
