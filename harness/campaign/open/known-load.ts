import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import type { LoadSwitch } from '../../emulator/instruments/load-switch.js';
import { LittlefirstError } from '../../errors.js';
import type { MeasuredLoad } from '../../measure/meter/calibration.js';
import { type KnownLoadResult, measureKnownLoad } from '../../measure/meter/known-load.js';
import type { Meter } from '../../measure/meter/meter.js';
import { splitCommand } from '../../wire/flash/external/run.js';
import type { KnownLoadChoice } from '../bench/meter-schema.js';

const commandMilliseconds = 30_000;

/** Puts the bench's resistor on the meter and takes it off again, which no signal ends: the DUT must be back on the meter. */
export interface LoadFixture {
  connect(signal?: AbortSignal): Promise<void>;
  disconnect(): Promise<void>;
  /** Lets time pass while the meter measures; default: real time. */
  wait?: (seconds: number) => Promise<void>;
}

/** The resistor of an emulated bench. */
export function emulatedFixture(
  { ohms }: KnownLoadChoice,
  supplyMillivolts: number,
  loadSwitch: LoadSwitch,
): LoadFixture {
  return {
    connect: async () => loadSwitch.connect(supplyMillivolts / 1000 / ohms),
    disconnect: async () => loadSwitch.connect(undefined),
    wait: async seconds => loadSwitch.pass(seconds),
  };
}

/** The resistor of a real bench, behind a relay that commands switch. @throws LF_CONFIG_INVALID without the commands */
export function commandFixture({ connect, disconnect }: KnownLoadChoice): LoadFixture {
  if (connect === undefined || disconnect === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'Nothing can put the resistor on the meter', {
      expected: 'meter.knownLoad with the commands connect and disconnect',
      received: 'a real board and no commands',
      hint: 'without a relay, check by hand: littlefirst meter check --resistor ...',
    });
  const run = async (words: string | readonly string[], cancelSignal?: AbortSignal): Promise<void> => {
    const [command, ...args] = typeof words === 'string' ? splitCommand(words) : words;
    const { failed, all, code } = await execa(command, args, {
      all: true,
      reject: false,
      stdin: 'ignore',
      timeout: commandMilliseconds,
      cancelSignal,
    });
    cancelSignal?.throwIfAborted();
    if (!failed) return;
    throw new LittlefirstError('LF_METER_CHECK', `The command "${[command, ...args].join(' ')}" failed`, {
      received: all === undefined || all === '' ? code : all,
    });
  };
  return { connect: signal => run(connect, signal), disconnect: () => run(disconnect) };
}

/**
 * Measures the bench's resistor; the DUT is back on the meter afterwards, at the same voltage and rate.
 * @param signal ends it
 * @throws whatever meter and commands throw; the signal's reason
 */
export async function checkKnownLoad(
  meter: Meter,
  choice: KnownLoadChoice,
  config: { supplyMillivolts: number; sampleRateHz?: number },
  fixture: LoadFixture,
  signal?: AbortSignal,
): Promise<MeasuredLoad> {
  const { ohms, tolerance, seconds, millivolts, millivoltsRelative } = choice;
  const realTime = async (s: number) => {
    await pause(s * 1000, undefined, { signal }).catch(() => signal?.throwIfAborted());
  };
  try {
    await fixture.connect(signal);
    const load = {
      ...{ ...config, ohms, toleranceRelative: tolerance, seconds },
      ...{ measuredMillivolts: millivolts, voltageRelative: millivoltsRelative },
    };
    return { load, result: await measureKnownLoad(meter, load, fixture.wait ?? realTime) };
  } finally {
    await fixture.disconnect();
  }
}

/** Why blocks do not count after a check that failed. */
export function knownLoadReason(when: 'start' | 'end', result: KnownLoadResult): string {
  const milliamps = (amps: number) => `${(amps * 1e3).toPrecision(5)} mA`;
  const problems = result.problems.length === 0 ? '' : ` (${result.problems.join('; ')})`;
  return `known-load: at the ${when} of the session the meter read ${milliamps(result.measuredAmps)} where ${milliamps(result.expectedAmps)} ± ${milliamps(result.u95Amps)} was expected${problems}`;
}
