import { loadBench } from '../../campaign/bench/load.js';
import { type MeterChoice, meterSchema } from '../../campaign/bench/meter-schema.js';
import { openBenchMeter } from '../../campaign/open/meter.js';
import { constantLoad, Load } from '../../emulator/instruments/load.js';
import { LittlefirstError } from '../../errors.js';
import { assertKnownLoad, type KnownLoad, measureKnownLoad } from '../../measure/meter/known-load.js';
import { isAmmeter } from '../../measure/meter/open.js';
import { packagePath } from '../../package-root.js';
import { type CliContext, printLine } from '../context.js';

export interface CheckOptions {
  /** Default: the bench's known load. */
  resistor?: number;
  tolerance?: number;
  seconds?: number;
  millivolts?: number;
  mode?: 'source' | 'ampere';
  /** Bench whose meter is checked, where no link is given. */
  bench?: string;
  meter?: string;
  /** Link to the instrument named by `meter`. */
  link?: string;
}

/** The meter that is checked, and whether it is emulated on an ideal resistor, in virtual time. */
async function chosenMeter({ bench, meter, link, mode }: CheckOptions): Promise<{
  choice: MeterChoice;
  isEmulated: boolean;
}> {
  if (link !== undefined) {
    if (meter === undefined)
      throw new LittlefirstError('LF_USAGE', '--link needs the kind of the instrument', {
        expected: '--meter, e.g. --meter ppk2',
      });
    return { choice: meterSchema.parse({ driver: meter, link, mode }), isEmulated: false };
  }
  const file = bench ?? packagePath('fixtures', 'benches', 'default.yaml');
  const { link: boardLink, meter: named } = await loadBench(file, {});
  const choice = meter === undefined ? named : meterSchema.parse({ driver: meter, mode });
  if (choice.driver === 'none')
    throw new LittlefirstError('LF_USAGE', 'This bench has no meter', {
      expected: 'a bench with a meter, or --meter and --link',
      received: 'meter: { driver: none }',
    });
  return { choice, isEmulated: boardLink === 'emulated:' };
}

function knownLoad(choice: MeterChoice, options: CheckOptions): KnownLoad {
  const { resistor = choice.knownLoad?.ohms } = options;
  if (resistor === undefined)
    throw new LittlefirstError('LF_USAGE', 'What is on the meter?', {
      expected: '--resistor OHMS, or a bench with a known load',
    });
  return {
    ohms: resistor,
    toleranceRelative: options.tolerance ?? choice.knownLoad?.tolerance ?? 0.001,
    supplyMillivolts: options.millivolts ?? choice.supplyMillivolts ?? 3300,
    seconds: options.seconds ?? choice.knownLoad?.seconds ?? 0.5,
  };
}

/**
 * Measures a resistor with the real instrument behind a link, or with the bench's meter: an emulated one has an ideal resistor.
 * @throws LF_METER_CHECK when the meter is out of its own interval; LF_USAGE, LF_METER_*, LF_LINK_*
 */
export async function checkMeter(context: CliContext, options: CheckOptions): Promise<void> {
  const { choice, isEmulated } = await chosenMeter(options);
  const load = knownLoad(choice, options);
  let nowNs = 0;
  const resistor = isEmulated
    ? new Load(constantLoad(load.supplyMillivolts / 1000 / load.ohms), () => nowNs)
    : undefined;
  if (isAmmeter(choice.driver)) resistor?.power(true);
  const supply = resistor && {
    source: resistor,
    settle: async () => resistor.advance(),
    power: async (on: boolean) => resistor.power(on),
  };
  const wait = async (seconds: number) => {
    nowNs += seconds * 1e9;
    resistor?.advance();
  };
  try {
    const meter = await openBenchMeter(choice, {
      boardLink: isEmulated ? 'emulated:' : 'none',
      supplyMillivolts: load.supplyMillivolts,
      supply,
      purpose: 'meter check',
    });
    if (meter === undefined) throw new LittlefirstError('LF_INTERNAL', 'a meter that is none was opened');
    try {
      const result = await measureKnownLoad(meter, load, isEmulated ? wait : undefined);
      const milliamps = (amps: number) => `${(amps * 1e3).toPrecision(6)} mA`;
      const { model, serial, emulated } = await meter.identify();
      const name = [emulated ? 'emulated' : '', model, serial ?? ''].filter(part => part !== '').join(' ');
      printLine(
        context.out,
        `${name}: ${milliamps(result.measuredAmps)}, expected ${milliamps(result.expectedAmps)} ± ${milliamps(result.u95Amps)} (95 %), ${result.samples} samples`,
      );
      assertKnownLoad(result, 'by hand');
    } finally {
      await meter.close();
    }
  } finally {
    resistor?.close();
  }
}
