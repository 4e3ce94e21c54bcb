import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

/** Time that is compared: longer than a 16-bit count of microseconds, milliseconds. */
const spanMilliseconds = 150;
/** Relative error of a clock that still keeps time for us: an RC oscillator's. */
const clockTolerance = 0.03;
/** Two time stamps that bracket the truth by more than this share say nothing. */
const widest = 0.5;
const attempts = 4;
/** Share of a wait for the host below which a clock stood still meanwhile: it is the emulator's, not a stopped or wrong one of its own. */
const standing = 0.1;
/** `lf loop` of virtual boards spends the time in guards of this many microseconds. */
const guardMicroseconds = 20_000;

/** Which time the DUT's is held against. */
type Against = 'host' | 'board';

/** Milliseconds: the host's, or how far the emulated board came. */
async function nowBy(rig: Rig, against: Against): Promise<number> {
  if (against === 'host') return performance.now();
  await rig.settle();
  return rig.boardTime();
}

/** The DUT's microseconds, and the interval of that clock that they were read in. */
async function stamp(rig: Rig, against: Against): Promise<{ micros: number; from: number; to: number }> {
  const from = await nowBy(rig, against);
  const lines = await rig.ask('timestamp');
  const to = await nowBy(rig, against);
  const match = lines.map(line => /^m-lap-us-(\d+)$/.exec(line)).find(found => found !== null);
  if (!match) throw new Error(`timestamp was answered by ${lines.join(' | ')}`);
  return { micros: Number(match[1]), from, to };
}

async function spend(rig: Rig, milliseconds: number, against: Against): Promise<void> {
  if (against === 'host') return rig.wait(milliseconds);
  await rig.client.guard(guardMicroseconds);
  await rig.client.loop(Math.ceil((milliseconds * 1000) / guardMicroseconds));
}

/** One comparison. @returns share of the true time that the DUT counted: between least and most */
async function compared(
  rig: Rig,
  milliseconds: number,
  against: Against,
): Promise<{ least: number; most: number; counted: number }> {
  const first = await stamp(rig, against);
  await spend(rig, milliseconds, against);
  const second = await stamp(rig, against);
  const counted = ((second.micros - first.micros) >>> 0) / 1000;
  return {
    least: counted / (second.to - first.from),
    most: counted / Math.max(1e-3, second.from - first.to),
    counted,
  };
}

/**
 * What the DUT's time is held against. A port on an emulated board may count the emulator's clock, which stands still while the board waits for the host: seen
 * by a wait that it hardly counts. What counts part of it is wrong by either clock.
 */
async function clockOf(rig: Rig): Promise<Against> {
  if (rig.emulated === undefined) return 'host';
  if (rig.isVirtual) return 'board';
  return (await compared(rig, spanMilliseconds, 'host')).most < standing ? 'board' : 'host';
}

export const time: Check = {
  name: 'time',
  title: 'counts microseconds as our clock does, asleep, at every level, beyond 16 bits',
  look: 'port_micros: the clock that it counts, at this level (a divider that does not follow the level? a level that did not come?), its width, and whether it goes on in sleep',
  run: async rig => {
    const against = await clockOf(rig);
    if (against === 'board') await rig.loadWindows(2);
    const seen: string[] = [];
    for (const [index, { name }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      let found = await compared(rig, spanMilliseconds, against);
      for (let i = 1; i < attempts && found.most - found.least > widest; i++)
        found = await compared(rig, spanMilliseconds * 2 ** i, against);
      const { least, most, counted } = found;
      const share = `${(least * 100).toFixed(0)} to ${(most * 100).toFixed(0)} % of true time`;
      if (least > 1 + clockTolerance || most < 1 - clockTolerance)
        return fail(`${name}: ${counted.toFixed(1)} ms counted, ${share}`);
      if (most - least > widest) return skip(`${name}: ${share}; this host is too busy to tell`);
      seen.push(`${name} ${share}`);
    }
    return pass(seen.join(', '));
  },
};

/** Relative distance between the DUT's own count of cycles and what they must be. */
const cyclesTolerance = 0.1;

export const cycles: Check = {
  name: 'cycles',
  title: 'counts its core cycles, as many as clock and time say',
  look: 'port_cycles_start must begin at zero, port_cycles_read count all 32 bits at the core clock; a core without a counter says cycle_counter = false',
  run: async rig => {
    const { cycleCounter } = await rig.client.id(rig.client.nonce());
    if (!cycleCounter) return skip('the port has no cycle counter, and says so');
    const count = await rig.loadWindows(2);
    await rig.client.strategy(rig.bundle.strategies[0]);
    await rig.client.guard(0);
    const seen: string[] = [];
    for (const [index, { name, hertz }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      await rig.settle();
      rig.emulated?.forget();
      const { cycles: counted, microseconds } = await rig.client.loop(4, count);
      await rig.settle();
      const shall = computedCycles(rig) ?? ((microseconds ?? 0) * hertz.value) / 1e6;
      const share = (counted ?? 0) / shall;
      if (!(Math.abs(share - 1) <= cyclesTolerance))
        return fail(`${name}: ${counted} cycles where there must be ${shall.toFixed(0)}`);
      seen.push(`${name} ${(share * 100).toFixed(1)} %`);
    }
    return pass(seen.join(', '));
  },
};

/** Cycles between the marker edges of a loop, as the emulator counts them. */
function computedCycles({ emulated }: Rig): number | undefined {
  if (emulated === undefined) return undefined;
  let sum = 0;
  const edges = emulated.events.filter(({ kind }) => kind === 'marker');
  edges.forEach((edge, i) => {
    if ((edge.value === 1 || edge.value === 2) && i + 1 < edges.length)
      sum += edges[i + 1].cycles - edge.cycles;
  });
  return sum;
}

export const idle: Check = {
  name: 'idle',
  title: 'idles as long as it is told, at every level',
  look: 'port_idle_us: the timer that ends it, at this level; an interrupt that ends the sleep early must not end the idle',
  run: async rig => {
    const [loops, microseconds] = [4, 3000];
    const count = await rig.loadWindows(2);
    await rig.client.guard(microseconds);
    for (const [index, { name }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      await rig.settle();
      rig.emulated?.forget();
      const { microseconds: told } = await rig.client.loop(loops, count);
      await rig.settle();
      const asked = loops * microseconds;
      if (told === null || told < asked)
        return fail(`${name}: ${told} us for ${asked} us of idle and ${loops} windows`);
      const short = shortestIdle(rig);
      if (short !== undefined && short < microseconds * 0.98)
        return fail(`${name}: idle of ${short.toFixed(0)} us between two windows instead of ${microseconds}`);
    }
    return pass(`at least ${microseconds} us at ${rig.prepared.boardLevels.length} levels`);
  },
};

/** The shortest stretch of marker 00 between two windows, microseconds of the board's time. */
function shortestIdle({ emulated }: Rig): number | undefined {
  const edges = emulated?.events.filter(({ kind }) => kind === 'marker') ?? [];
  const between = edges.flatMap((edge, i) => {
    const [before, next] = [edges[i - 1]?.value, edges[i + 1]];
    const isBetween =
      edge.value === 0 && (before === 1 || before === 2) && (next?.value === 1 || next?.value === 2);
    return isBetween ? [(next.timeNs - edge.timeNs) / 1000] : [];
  });
  return between.length === 0 ? undefined : Math.min(...between);
}
