import { LittlefirstError } from '../../errors.js';
import { DutClient } from '../../wire/dut/client.js';
import {
  betweenStamps,
  headroom,
  type InputResult,
  type LoopFigures,
  type ModeOptions,
  patience,
  trialShare,
} from './energy/stamped.js';

const mostTrialPasses = 100_000;

/**
 * Measures inputs in turn: `count` of them lie in the DUT's memory, and it runs through them again and again without a byte on the line, from the first with a cascade
 * that was reset. One input repeated shows only the gate of a cascade with memory; this shows what the cascade costs on these inputs in this order. The commands
 * are those of `firmware/PROTOCOL.md` (`lf load`, `lf loop`), which encloses the windows by time stamps as `infer` does.
 * @throws LF_CONFIG_INVALID where the DUT's memory holds fewer; LF_DUT_*, LF_METER_*, LF_SEGMENTATION, LF_LINK_LOST
 */
export async function runLoop(
  options: ModeOptions,
  count: number,
): Promise<{ iterations: number; loop: LoopFigures }> {
  const { bench, dut, folder, plan, signal } = options;
  if (count > folder.samples.length)
    throw new LittlefirstError(
      'LF_CONFIG_INVALID',
      'The data folder holds fewer inputs than loopOver asks for',
      {
        expected: `at most ${folder.samples.length}`,
        received: String(count),
      },
    );
  const client = new DutClient(dut.link, { boardClock: dut.boardClock, onFault: options.onFault });
  const stop = () => client.abort(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.sync(signal);
    await client.guard(0);
    await load(client, options, count);
    const measure = async (passes: number, seconds: number) => {
      const milliseconds = Math.max(patience.leastMilliseconds, seconds * 1e3 * patience.factor);
      await client.reset();
      return betweenStamps(options, () => client.loop(passes * count, count, milliseconds));
    };
    let each = 0;
    let passes = plan.iterations === 'auto' ? 1 : plan.iterations;
    if (plan.iterations === 'auto') {
      for (let tried = 1; each === 0; tried *= 10) {
        const seconds = await trialSeconds(() => measure(tried, 0), tried);
        if (seconds >= trialShare * bench.minimumSeconds || tried >= mostTrialPasses) each = seconds / tried;
      }
      passes = Math.max(1, Math.ceil((headroom * bench.minimumSeconds) / Math.max(each, 1e-9)));
    }
    let first: LoopFigures | undefined;
    for (let i = 0; i < (plan.loops === 'all' ? 1 : plan.loops); i += 1) {
      signal?.throwIfAborted();
      const { result, window, status } = await measure(passes, passes * each);
      const { windows: inferences, gateRuns, bigRuns, labelsCrc32 } = result;
      const figures = { inputs: count, inferences, gateRuns, bigRuns, labelsCrc32 };
      first ??= figures;
      refuseOther(first, figures);
      const one: InputResult = {
        outputs: [],
        seconds: window.seconds / inferences,
        energy: { window: { ...window, inferences }, status },
      };
      options.onInput(i, one);
    }
    if (first === undefined) throw new LittlefirstError('LF_INTERNAL', 'nothing was measured');
    return { iterations: first.inferences, loop: first };
  } finally {
    signal?.removeEventListener('abort', stop);
    client.detach();
  }
}

/** Puts the inputs into the DUT's memory, one a slot. */
async function load(client: DutClient, { folder }: ModeOptions, count: number): Promise<void> {
  for (const [slot, sample] of folder.samples.slice(0, count).entries()) {
    try {
      await client.loadSlot(slot, sample.parts[0]);
    } catch (error) {
      const isFull = slot > 0 && error instanceof LittlefirstError && error.code === 'LF_DUT_ERROR';
      if (!isFull) throw error;
      throw new LittlefirstError(
        'LF_CONFIG_INVALID',
        "The DUT's memory holds fewer inputs than loopOver asks for",
        {
          expected: `at most ${slot}`,
          received: String(count),
          cause: error,
        },
      );
    }
  }
}

/** Seconds of a trial; 0 while its pulses are too close for the meter. */
async function trialSeconds(
  measure: () => Promise<{ window: { seconds: number } }>,
  tried: number,
): Promise<number> {
  try {
    return (await measure()).window.seconds;
  } catch (error) {
    const isUnseen = error instanceof LittlefirstError && error.code === 'LF_SEGMENTATION';
    if (!isUnseen || tried >= mostTrialPasses) throw error;
    return 0;
  }
}

/** From the same state the same inputs must give the same answers. */
function refuseOther(first: LoopFigures, later: LoopFigures): void {
  if (JSON.stringify(first) === JSON.stringify(later)) return;
  throw new LittlefirstError('LF_DUT_REPLY', 'The DUT answered the same inputs differently', {
    expected: JSON.stringify(first),
    received: JSON.stringify(later),
    hint: 'is the supply high enough for this clock?',
  });
}
