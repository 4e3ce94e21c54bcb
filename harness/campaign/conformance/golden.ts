import { GoldenCascade } from '../../model/cascade/golden.js';
import type { PreparedBundle } from '../bench/prepare.js';
import { type Check, fail, pass } from './finding.js';
import type { Rig } from './rig.js';

/** Streams a strategy. @returns windows that were answered otherwise than the golden cascade answers */
async function mismatches({ client }: Rig, bundle: PreparedBundle, strategy: string): Promise<number> {
  const golden = new GoldenCascade(bundle.bundle, strategy);
  await client.strategy(strategy);
  let wrong = 0;
  await client.streamWindows(
    { count: bundle.windows.count, windowBytes: bundle.windowBytes, payload: i => bundle.windows.bytes(i) },
    {
      onResult: ({ index, label, path, nets, score }) => {
        const shall = golden.step(bundle.windows.window(index));
        if (label !== shall.label || path !== shall.path || nets !== shall.nets || score !== shall.score)
          wrong += 1;
      },
    },
  );
  return wrong;
}

export const golden: Check = {
  name: 'golden',
  title: 'answers as the golden interpreter does: every strategy, and one at every level',
  look: 'the .core of port.mk must be the core that runs; flash wait states of this level; an interrupt handler that spoils registers or the arena',
  run: async rig => {
    const { dut, prepared } = rig;
    const shapes = new Set<string>();
    let answered = 0;
    const run = async (bundle: PreparedBundle, strategy: string, level: number) => {
      const wrong = await mismatches(rig, bundle, strategy);
      answered += bundle.windows.count;
      if (wrong === 0) return undefined;
      return `${bundle.name} ${strategy} at ${prepared.boardLevels[level].name}: ${wrong} of ${bundle.windows.count} windows`;
    };
    const { bundle: first } = rig;
    for (const level of prepared.boardLevels.keys()) {
      await rig.client.level(level);
      const wrong = await run(first, first.strategies[0], level);
      if (wrong !== undefined) return fail(wrong);
    }
    await rig.client.level(0);
    const others = dut.flash === undefined ? [] : prepared.bundles.slice(1);
    const hold = async (bundle: PreparedBundle) => {
      await dut.flash?.(bundle.blob);
      await dut.client.sync();
    };
    for (const bundle of [first, ...others]) {
      if (bundle !== first) await hold(bundle);
      for (const { network } of bundle.bundle.networks)
        for (const { kind } of network.operators) shapes.add(kind);
      for (const strategy of bundle.strategies) {
        const wrong = await run(bundle, strategy, 0);
        if (wrong === undefined) continue;
        if (bundle !== first) await hold(first);
        return fail(wrong);
      }
    }
    if (others.length > 0) await hold(first);
    return pass(
      `${answered} windows, ${others.length + 1} bundles; operators ${[...shapes].sort().join(', ')}`,
    );
  },
};
