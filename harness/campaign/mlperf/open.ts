import { openLine } from '../../wire/devices/open-line.js';
import { openBenchMeter } from '../open/meter.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import { openEmulatedStranger } from './emulated.js';
import { strangerMeter } from './meter.js';
import type { OpenStranger } from './stranger.js';

/** Rate between host and interface board (mlcommons/tiny, benchmark/runner/devices.yaml). */
const interfaceBaudRate = 115200;
const usualBaudRate = { accuracy: 115200, performance: 115200, energy: 9600 } as const;

/** Rate of the DUT's own line in a mode, bits per second. */
export const dutBaudRate = ({ baudRate, mode }: MlperfModeChoice): number => baudRate ?? usualBaudRate[mode];

/** Opens what one mode needs. @throws LF_LINK_*, LF_DEVICE_*, LF_EMULATOR_FAILED, LF_METER_OPEN, LF_CONFIG_INVALID */
export async function openStranger(bench: MlperfBench, choice: MlperfModeChoice): Promise<OpenStranger> {
  const device = choice.device ?? (choice.link === undefined ? bench.device : undefined);
  const link = choice.link ?? bench.link ?? (device === undefined ? 'emulated:' : 'device:');
  if (device === undefined && link === 'emulated:') return openEmulatedStranger(bench);
  const meter =
    choice.mode === 'energy'
      ? await openBenchMeter(strangerMeter(bench), {
          boardLink: link,
          supplyMillivolts: bench.supplyMillivolts,
          purpose: `bench ${bench.name}`,
        })
      : undefined;
  try {
    const line = await openLine(
      { link, device },
      {
        role: choice.interfaceBoard ? 'interface board' : 'board',
        baudRate: choice.interfaceBoard ? interfaceBaudRate : dutBaudRate(choice),
        purpose: `bench ${bench.name}`,
      },
    );
    return {
      link: line.link,
      meter,
      settle: async () => {},
      close: async () => {
        await line.close();
        await meter?.close();
      },
    };
  } catch (error) {
    await meter?.close();
    throw error;
  }
}
