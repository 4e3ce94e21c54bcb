import { LittlefirstError } from '../../errors.js';
import { GoldenCascade } from '../../model/cascade/golden.js';
import { checkStages } from '../open/identity.js';
import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

/** A strategy in which a gate hands windows to Big. */
function gated({ bundle }: Rig): string | undefined {
  const found = bundle.bundle.description.strategies.find(
    strategy =>
      bundle.strategies.includes(strategy.name) &&
      (strategy.kind === 'filtered' || (strategy.kind === 'hold' && strategy.gate.type !== 'none')),
  );
  return found?.name;
}

/** Streams quietly with a level for each stage. @returns what is wrong, or the windows in which Big ran */
async function change(rig: Rig, strategy: string, gate: number, big: number): Promise<string | number> {
  const { client, bundle, prepared } = rig;
  const { boardLevels } = prepared;
  const golden = new GoldenCascade(bundle.bundle, strategy);
  await client.strategy(strategy);
  await client.stages(gate, big);
  let wrong = 0;
  let bigWindows = 0;
  await client.streamWindows(
    { count: bundle.windows.count, windowBytes: bundle.windowBytes, payload: i => bundle.windows.bytes(i) },
    {
      quiet: true,
      onResult: ({ index, label, path, nets }) => {
        const shall = golden.step(bundle.windows.window(index));
        if (label !== shall.label || path !== shall.path || nets !== shall.nets) wrong += 1;
        if (path === 'b') bigWindows += 1;
      },
    },
  );
  const names = `${boardLevels[gate].name} for the gate, ${boardLevels[big].name} for Big`;
  if (wrong > 0) return `${names}: ${wrong} of ${bundle.windows.count} windows answered otherwise`;
  try {
    checkStages(await client.stagesSoFar(), { gate: boardLevels[gate], big: boardLevels[big] }, bigWindows);
  } catch (error) {
    if (!(error instanceof LittlefirstError) || error.code !== 'LF_DUT_LEVEL') throw error;
    return `${names}: expected ${error.detail.expected}, ${error.detail.received}`;
  }
  return bigWindows;
}

export const stages: Check = {
  name: 'stages',
  title: 'changes its level when the gate hands a window to Big, and back, inside the window',
  look: 'port_level_set within a window: it must wait until voltage and clock are there, keep cycle counter and microseconds right, and not disturb a line that is idle',
  run: async rig => {
    const { boardLevels } = rig.prepared;
    const strategy = gated(rig);
    if (boardLevels.length < 2 || strategy === undefined)
      return skip('one level, or a bundle without a gate: there is nothing to change between');
    const order = [...boardLevels.keys()].sort((a, b) => rig.hertz(a) - rig.hertz(b));
    const [slow, fast] = [order[0], order[order.length - 1]];
    let escalations = 0;
    for (const [gate, big] of [
      [slow, fast],
      [fast, slow],
    ]) {
      const found = await change(rig, strategy, gate, big);
      if (typeof found === 'string') return fail(found);
      escalations += found;
    }
    await rig.client.level(0);
    return pass(`${strategy}: ${escalations} escalations, both levels read back`);
  },
};
