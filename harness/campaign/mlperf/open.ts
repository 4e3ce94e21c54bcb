import { type LineChoice, type OpenLine, openLine } from '../../wire/devices/open-line.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { parseLinkUrl } from '../../wire/link/url.js';
import { openBenchMeter } from '../open/meter.js';
import { linePurpose } from '../open/purpose.js';
import type { MlperfBench, MlperfModeChoice } from './bench-file.js';
import { openEmulatedStranger } from './emulated.js';
import { type OpenStranger, strangerMeter } from './stranger.js';

/** Rate between host and interface board (mlcommons/tiny, benchmark/runner/devices.yaml). */
const interfaceBaudRate = 115200;
const usualBaudRate = { accuracy: 115200, performance: 115200, energy: 9600 } as const;

/** Rate of the DUT's own line in a mode, bits per second. */
export const dutBaudRate = ({ baudRate, mode }: MlperfModeChoice): number => baudRate ?? usualBaudRate[mode];

export interface StrangerLinesOptions {
  /** Of the run, for those who find a line busy. */
  id?: string;
  /** Opens serial ports instead of the system's own. */
  serialBinding?: BindingInterface;
}

/**
 * The lines of a campaign's modes. One that several modes use is opened once and stays open between them, at another rate where
 * they want one: closing and opening a real adapter's port raises DTR anew, which restarts many boards.
 */
export class StrangerLines {
  private readonly held = new Map<string, { line: OpenLine; baudRate: number }>();

  constructor(
    private readonly bench: MlperfBench,
    private readonly options: StrangerLinesOptions = {},
  ) {}

  /** Opens what one mode needs. @throws LF_LINK_*, LF_DEVICE_*, LF_EMULATOR_FAILED, LF_METER_OPEN, LF_CONFIG_INVALID */
  async open(choice: MlperfModeChoice): Promise<OpenStranger> {
    const { bench } = this;
    const device = choice.device ?? (choice.link === undefined ? bench.device : undefined);
    const link = choice.link ?? bench.link ?? (device === undefined ? 'emulated:' : 'device:');
    if (device === undefined && link === 'emulated:') return openEmulatedStranger(bench);
    const meter =
      choice.mode === 'energy'
        ? await openBenchMeter(strangerMeter(bench), {
            boardLink: link,
            supplyMillivolts: bench.supplyMillivolts,
            purpose: linePurpose(bench.name, this.options.id),
          })
        : undefined;
    try {
      const line = await this.line({ link, device }, choice);
      return {
        link: line.link,
        meter,
        settle: async () => {},
        close: async () => {
          await meter?.close();
        },
      };
    } catch (error) {
      await meter?.close();
      throw error;
    }
  }

  /** Closes all lines. */
  async close(): Promise<void> {
    const lines = [...this.held.values()];
    this.held.clear();
    for (const { line } of lines) await line.close();
  }

  private async line(where: LineChoice, choice: MlperfModeChoice): Promise<OpenLine> {
    const baudRate = choice.interfaceBoard ? interfaceBaudRate : dutBaudRate(choice);
    const key = JSON.stringify(where);
    const held = this.held.get(key);
    if (held?.line.link.isOpen === true) {
      if (held.baudRate === baudRate || (await this.retune(held, where, baudRate))) return held.line;
    }
    this.held.delete(key);
    await held?.line.close();
    const line = await openLine(where, {
      role: choice.interfaceBoard ? 'interface board' : 'board',
      baudRate,
      purpose: linePurpose(this.bench.name, this.options.id),
      serialBinding: this.options.serialBinding,
    });
    this.held.set(key, { line, baudRate });
    return line;
  }

  /** Sets another rate on an open line. A remote port (RFC 2217) is set up only when it is opened. */
  private async retune(
    held: { line: OpenLine; baudRate: number },
    { link, device }: LineChoice,
    baudRate: number,
  ): Promise<boolean> {
    if (device === undefined && parseLinkUrl(link).kind === 'rfc2217') return false;
    const named = device?.baudRate !== undefined || (device === undefined && /[?&]baud=/.test(link));
    if (!named)
      await new Promise<void>((resolve, reject) =>
        held.line.link.update({ baudRate }, error => (error ? reject(error) : resolve())),
      );
    held.baudRate = baudRate;
    return true;
  }
}
