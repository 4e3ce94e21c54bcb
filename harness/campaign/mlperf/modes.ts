import { LittlefirstError } from '../../errors.js';
import { MlperfClient, type MlperfIdentity, type MlperfInference } from '../../wire/dut/mlperf/client.js';
import type { MlperfSample } from '../../wire/dut/mlperf/folder.js';
import {
  betweenStamps,
  headroom,
  type InputResult,
  type LoopFigures,
  type ModeOptions,
  patience,
  trialShare,
} from './energy/stamped.js';
import { runLoop } from './loop.js';
import { dutBaudRate } from './open.js';
import { ruleIterations } from './rules.js';

export interface ModeResult {
  identity: MlperfIdentity;
  iterations: number;
  /** Where inputs were run in turn. */
  loop?: LoopFigures;
}

/** Inferences of the trial that `auto` begins with. */
const trialIterations = 10;
/** Inferences after which a trial's pulses must have been seen. */
const mostTrialIterations = 1_000_000;

/** Opens a client, checks that the DUT answers, and says who it is. */
export async function greet({
  bench,
  choice,
  folder,
  dut,
  onFault,
}: Omit<ModeOptions, 'plan' | 'onInput'>): Promise<{
  client: MlperfClient;
  identity: MlperfIdentity;
}> {
  const shortest = Math.min(...folder.samples.map(sample => sample.parts[0].length));
  const client = new MlperfClient(dut.link, {
    route: choice.interfaceBoard ? 'interface-board' : 'direct',
    boardClock: dut.boardClock,
    syncBytes: Math.min(64, shortest),
    outputs: folder.classes > 1 ? folder.classes : undefined,
    onFault,
  });
  if (choice.interfaceBoard) await client.setInterfaceBaud(dutBaudRate(choice));
  await client.sync();
  for (const command of choice.before) await client.raw(command);
  if (choice.before.length > 0) await client.sync();
  if (choice.mode === 'energy' && dut.meter === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'Mode energy needs a meter', {
      expected: 'meter: { driver: ... }',
      received: `meter: ${bench.meter.driver}`,
    });
  return { client, identity: await client.identify() };
}

/** Time of one inference, seconds. A meter's samples may be longer than a few inferences: it then tries more. */
async function trial(client: MlperfClient, options: ModeOptions): Promise<number> {
  const enough = options.choice.mode === 'energy' ? trialShare * options.bench.minimumSeconds : 0;
  for (let count = trialIterations; ; count *= 10) {
    try {
      const { seconds } = await time(client, options, count, 0);
      if (seconds >= enough) return seconds / count;
    } catch (error) {
      const isUnseen = error instanceof LittlefirstError && error.code === 'LF_SEGMENTATION';
      if (!isUnseen || count >= mostTrialIterations) throw error;
    }
  }
}

/** How many inferences fill the shortest window that the bench allows; asks the DUT by a trial where the plan leaves it open. */
async function countFor(
  client: MlperfClient,
  options: ModeOptions,
): Promise<{ iterations: number; secondsEach: number }> {
  const { plan, folder, bench } = options;
  if (plan.mode === 'accuracy') return { iterations: 1, secondsEach: 0 };
  await client.load(folder.samples[0].parts[0]);
  if (plan.iterations !== 'auto') {
    const { seconds } = await time(client, options, plan.iterations, 0);
    return { iterations: plan.iterations, secondsEach: seconds / plan.iterations };
  }
  const secondsEach = await trial(client, options);
  const needed = Math.ceil((headroom * bench.minimumSeconds) / Math.max(secondsEach, 1e-9));
  return { iterations: Math.max(ruleIterations, needed), secondsEach };
}

interface Timed extends Pick<InputResult, 'energy'> {
  inference: MlperfInference;
  /** Between the time stamps, seconds. */
  seconds: number;
}

/** One `infer` with its time: the DUT's own, or the meter's between the pulses of the energy regime. */
async function time(
  client: MlperfClient,
  { bench, choice, dut }: ModeOptions,
  count: number,
  warmups: number,
  expectedSeconds = 0,
): Promise<Timed> {
  const milliseconds = Math.max(patience.leastMilliseconds, expectedSeconds * 1e3 * patience.factor);
  if (choice.mode !== 'energy') {
    const inference = await client.infer(count, warmups, milliseconds);
    if (inference.microseconds === null && choice.mode === 'performance')
      throw new LittlefirstError('LF_DUT_REPLY', 'The DUT gives no time stamps: it runs the energy regime', {
        expected: 'two lines m-lap-us-<n>',
        received: 'none',
        hint: 'flash the firmware of the performance regime, or take the strap off',
      });
    return { inference, seconds: (inference.microseconds ?? 0) * 1e-6 };
  }
  const { result, window, status } = await betweenStamps({ bench, dut }, () =>
    client.infer(count, warmups, milliseconds),
  );
  const energy = { window: { ...window, inferences: count }, status };
  return { inference: result, seconds: window.seconds, energy };
}

/** Sends the parts of one input and averages what the DUT says of them. */
async function answer(
  client: MlperfClient,
  options: ModeOptions,
  sample: MlperfSample,
  iterations: number,
  secondsEach: number,
): Promise<InputResult> {
  const { plan } = options;
  /* As in the stock runner, only accuracy looks at all parts of an input. */
  const parts = plan.mode === 'accuracy' ? sample.parts : sample.parts.slice(0, 1);
  const sums: number[] = [];
  let last: Timed | undefined;
  for (const part of parts) {
    await client.load(part);
    last = await time(client, options, iterations, plan.warmups, secondsEach * (iterations + plan.warmups));
    last.inference.results.forEach((value, i) => {
      sums[i] = (sums[i] ?? 0) + value;
    });
  }
  return {
    outputs: sums.map(sum => sum / parts.length),
    seconds: plan.mode === 'accuracy' || last === undefined ? null : last.seconds / iterations,
    energy: last?.energy,
  };
}

/** Runs one mode over its inputs. @throws LF_DUT_*, LF_METER_*, LF_SEGMENTATION, LF_LINK_LOST */
export async function runMode(options: ModeOptions): Promise<ModeResult> {
  const { choice, folder, plan, signal } = options;
  const { client, identity } = await greet(options);
  if (choice.loopOver !== undefined) {
    client.detach();
    return { identity, ...(await runLoop(options, choice.loopOver)) };
  }
  const stop = () => client.abort(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const { iterations, secondsEach } = await countFor(client, options);
    const count = plan.loops === 'all' ? folder.samples.length : plan.loops;
    for (let i = 0; i < count; i += 1) {
      signal?.throwIfAborted();
      const sample = folder.samples[i % folder.samples.length];
      options.onInput(i, await answer(client, options, sample, iterations, secondsEach));
    }
    return { identity, iterations };
  } finally {
    signal?.removeEventListener('abort', stop);
    client.detach();
  }
}
