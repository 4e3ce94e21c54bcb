import { asLittlefirstError } from '../../../errors.js';
import { packForBoard } from '../../bench/pack.js';
import { type Check, fail, pass, skip } from '../finding.js';
import type { Rig } from '../rig.js';
import {
  packTrials,
  type TrialBundle,
  trialWindows,
  type Variant,
  variantsOf,
  wantedScores,
} from './bundles.js';

/** Variants that are wrong, told at most. */
const mostTold = 4;

const nameOf = ({ layout, title }: Variant): string => `${layout.name} (${title})`;

/** Streams the windows through a bundle's n-th variant. @returns what is wrong, in words */
async function wrongOf({ client }: Rig, bundle: TrialBundle, n: number): Promise<string | undefined> {
  const windows = trialWindows();
  const wanted = wantedScores(bundle, n, windows);
  let wrong = 0;
  try {
    await client.strategy(bundle.description.strategies[n].name);
    await client.streamWindows(
      {
        count: windows.length,
        windowBytes: windows[0].length,
        payload: i => new Uint8Array(windows[i].buffer),
      },
      {
        onResult: ({ index, score }) => {
          if (score !== wanted[index]) wrong += 1;
        },
      },
    );
  } catch (error) {
    const { code, message } = asLittlefirstError(error);
    return `${nameOf(bundle.variants[n])}: ${code} ${message.split('\n')[0]}`;
  }
  return wrong === 0 ? undefined : `${nameOf(bundle.variants[n])}: ${wrong} of ${windows.length} windows`;
}

/** The reference kernel and every kernel of the board's core, on every shape that each can compute. */
export const kernels: Check = {
  name: 'kernels',
  title: 'computes every operator with every kernel of its core as the golden interpreter does',
  look: 'the .cpu and .core of port.mk; an interrupt handler that spoils registers, which one kernel keeps and another does not; the compiler: compare with the images of firmware/prebuilt',
  run: async rig => {
    const { dut, prepared } = rig;
    const { board, firmware, boardLevels } = prepared;
    if (dut.flash === undefined) return skip('this bench has no flasher');
    const { packed, tooLarge } = packTrials(
      variantsOf(firmware.entry.core),
      (bundle, layouts) => packForBoard(bundle, board, firmware, boardLevels, layouts).blob,
    );
    const wrong: string[] = [];
    const names = new Set<string>();
    let tried = 0;
    for (const bundle of packed) {
      await dut.flash(bundle.blob);
      if ((await dut.client.sync()).blob === '-')
        return fail(`it refuses a bundle of ${bundle.variants.map(nameOf).join(', ')}`);
      for (const [n, { layout }] of bundle.variants.entries()) {
        const what = await wrongOf(rig, bundle, n);
        tried += 1;
        names.add(layout.name);
        if (what !== undefined) wrong.push(what);
        if (wrong.length === mostTold) return fail(`${wrong.join('; ')}, and no further was tried`);
      }
    }
    if (wrong.length > 0) return fail(wrong.join('; '));
    const left = tooLarge.length === 0 ? '' : `; ${tooLarge.length} did not fit its memory`;
    return pass(`${tried} shapes: ${[...names].join(', ')}${left}`);
  },
};
