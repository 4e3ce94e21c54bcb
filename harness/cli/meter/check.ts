import { assertKnownLoad, checkMeter, type MeterCheckOptions, sampleRateText } from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';

const milliamps = (amps: number): string => `${(amps * 1e3).toPrecision(6)} mA`;

/** Measures a known resistor and prints what was read. @throws LF_METER_CHECK when the meter is out of its own interval */
export async function printMeterCheck(context: CliContext, options: MeterCheckOptions): Promise<void> {
  const { identity, result } = await checkMeter({ ...options, signal: context.signal });
  const { model, serial, emulated } = identity;
  const rate = sampleRateText(identity);
  const name = [emulated ? 'emulated' : '', model, serial ?? '', rate && `at ${rate}`]
    .filter(part => part)
    .join(' ');
  printLine(
    context.out,
    `${name}: ${milliamps(result.measuredAmps)}, expected ${milliamps(result.expectedAmps)} ± ${milliamps(result.u95Amps)} (95 %), ${result.samples} samples`,
  );
  assertKnownLoad(result, 'by hand');
}
