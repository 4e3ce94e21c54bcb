import type { PowerEvent } from '../../machine/machine.js';
import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

const windows = 6;
const guardMicroseconds = 1000;
/** What may follow what within a loop (firmware/PROTOCOL.md, "Markers"): idle, gate, Big, transfer. */
const allowed: readonly (readonly number[])[] = [[1, 2, 3], [0, 2], [0, 1], [0]];
/** Share of a window's time that its cycles may not explain: a core that computes does not sleep. */
const asleepShare = 0.02;
/** Cycles that no network of any bundle stays below. */
const leastCycles = 500;

/** The edges of a loop, from the idle before the first window on. */
function edgesOf(events: readonly PowerEvent[]): PowerEvent[] {
  const edges = events.filter(({ kind }) => kind === 'marker');
  return edges.filter((edge, i) => i === 0 || edge.value !== edges[i - 1].value);
}

/** What is wrong with the stretches of a loop. */
function wrongIn(rig: Rig, level: number, bigRuns: number): string | undefined {
  const edges = edgesOf(rig.emulated?.events ?? []);
  const count = (value: number) => edges.filter(edge => edge.value === value).length;
  for (let i = 1; i < edges.length; i++) {
    const [from, to] = [edges[i - 1].value, edges[i].value];
    if (!allowed[from].includes(to)) return `marker ${from} is followed by ${to}`;
  }
  if (count(2) !== bigRuns) return `marker 10 rose ${count(2)} times, Big ran ${bigRuns} times`;
  const begun = edges.filter(
    (edge, i) => edge.value !== 0 && edge.value !== 3 && edges[i - 1]?.value === 0,
  ).length;
  if (begun !== windows) return `${begun} windows begin at marker 00, ${windows} were run`;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [edge, next] = [edges[i], edges[i + 1]];
    if (edge.value !== 1 && edge.value !== 2) continue;
    const cycles = next.cycles - edge.cycles;
    const unexplained = (next.timeNs - edge.timeNs) * 1e-9 - cycles / rig.hertz(level);
    if (unexplained > asleepShare * (next.timeNs - edge.timeNs) * 1e-9)
      return `the core sleeps ${(unexplained * 1e6).toFixed(0)} us under marker ${edge.value}`;
    if (edge.value === 2 && cycles < leastCycles)
      return `marker 10 lasts ${cycles} cycles: no network runs under it`;
  }
  return undefined;
}

export const markers: Check = {
  name: 'markers',
  title: 'shows each state on its two lines, in order, before what it stands for',
  look: 'port_marker: bit 0 and bit 1 on the right pins, one store, before it returns; no state kept for later',
  run: async rig => {
    if (rig.emulated === undefined)
      return skip(
        'marker lines are seen by a meter only: a run of this bench with one checks them against its samples',
      );
    const { client, bundle } = rig;
    const count = await rig.loadWindows(3);
    await client.guard(guardMicroseconds);
    const levels = [...new Set([0, rig.prepared.boardLevels.length - 1])];
    for (const level of levels) {
      await client.level(level);
      for (const strategy of bundle.strategies) {
        await client.strategy(strategy);
        await rig.settle();
        rig.emulated.forget();
        const { bigRuns } = await client.loop(windows, count);
        await rig.settle();
        const wrong = wrongIn(rig, level, bigRuns);
        if (wrong !== undefined)
          return fail(`${rig.prepared.boardLevels[level].name}, ${strategy}: ${wrong}`);
      }
    }
    return pass(`${bundle.strategies.length} strategies at ${levels.length} levels`);
  },
};
