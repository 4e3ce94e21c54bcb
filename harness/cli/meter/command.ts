import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from '../../errors.js';
import type { MeterCheckOptions, MeterDriverName } from '../../library/index.js';
import { calibrationNames, meterNames, scpiModelNames } from '../choices.js';
import type { CliContext, Finish } from '../context.js';
import type { EmulateOptions } from './emulate.js';

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1))
    throw new InvalidArgumentError('a number from 0 to below 1 is expected');
  return value;
}

const listed = (text: string, before: readonly string[]): string[] => [...before, text];

/** `littlefirst meter`: checks a meter with a resistor, and serves emulated instruments to any client. */
export function addMeter(meter: Command, context: CliContext, finish: Finish): void {
  meter
    .command('check')
    .description('measure a known resistor: a drifted, mis-wired or wrongly calibrated meter shows')
    .option('--resistor <ohms>', "resistor on the meter's output (default: the bench's known load)", positive)
    .option('--tolerance <share>', 'its relative tolerance (default: 0.001)', share)
    .option('--millivolts <mV>', 'voltage that the meter is set to (default: 3300)', positive)
    .option('--seconds <s>', 'how long to measure (default: 0.5)', positive)
    .option(
      '--bench <file>',
      'bench whose meter is checked: a file, or the name of a shipped one (default: default)',
    )
    .addOption(
      new Option('--meter <driver>', "the kind of instrument, instead of the bench's").choices(meterNames),
    )
    .option('--link <url>', 'where it is: serial:/dev/ttyX, tcp:host:port; with --meter')
    .addOption(new Option('--mode <mode>', 'PPK2: source or ampere meter').choices(['source', 'ampere']))
    .action(async (options: MeterCheckOptions) => {
      const [{ benchFile }, { printMeterCheck }] = await Promise.all([
        import('../../library/index.js'),
        import('./check.js'),
      ]);
      const bench = options.bench === undefined ? undefined : benchFile(options.bench, context.cwd);
      await printMeterCheck(context, { ...options, bench });
      finish(exitCodes.pass);
    });
  meter
    .command('emulate')
    .description('serve an emulated instrument in real time until Ctrl-C, for any client of the real one')
    .addArgument(new Argument('<instrument>', 'the instrument').choices(meterNames))
    .requiredOption('--link <link>', 'a path, which becomes a serial port, or tcp:[HOST:]PORT (0: any)')
    .addOption(
      new Option('--resistor <ohms>', 'load: a resistor (default: 330)')
        .argParser(positive)
        .conflicts(['amps', 'waveform']),
    )
    .addOption(
      new Option('--amps <amps>', 'load: a constant current').argParser(positive).conflicts('waveform'),
    )
    .option('--waveform <file>', 'load: CSV with seconds,amps[,marker], played over and over')
    .option('--millivolts <mV>', "voltage that the resistor's current is computed with", positive, 3300)
    .addOption(
      new Option('--calibration <kind>', 'PPK2: nominal, or that of a real instrument').choices(
        calibrationNames,
      ),
    )
    .addOption(new Option('--model <model>', 'SCPI: the instrument (default: n6705)').choices(scpiModelNames))
    .option('--error <name=value>', 'what it does wrong, e.g. gain=0.01; may be repeated', listed, [])
    .action(async (name: MeterDriverName, options: EmulateOptions) => {
      const { emulateInstrument } = await import('./emulate.js');
      await emulateInstrument(context, name, options);
      finish(exitCodes.pass);
    });
}
