import { loadFirmware } from '../../emulator/manifest.js';
import { createRp2040Machine } from '../../emulator/rp2040/machine.js';
import type { Machine, MachineOptions, MemorySegment, PowerEvent } from '../../machine/machine.js';
import type { Bundle } from '../../model/load.js';
import { packBundle } from '../../model/pack/bundle.js';
import { ready } from './mlperf.js';

/** Two levels of the RP2040: register words as in fixtures/chips/rp2040.yaml. */
export const testLevels = [
  { name: '133MHz', millivolts: 1100, hertz: 133_000_000, registers: [0b1011, 133, 0x62, 1] },
  { name: '24MHz', millivolts: 800, hertz: 24_000_000, registers: [0b0101, 70, 0x75, 1] },
];

/** The prebuilt image and, if given, a bundle's blob for it. */
export function testSegments(bundle?: Bundle): MemorySegment[] {
  const { entry, segments } = loadFirmware('rp2040');
  if (bundle === undefined) return segments;
  const { blob } = packBundle(bundle, {
    core: entry.core,
    levels: testLevels,
    flashBytes: 2 * 1024 * 1024 - (entry.blobAddress - entry.loadAddress),
    ramArenaBytes: entry.arenaBytes,
  });
  return [...segments, { address: entry.blobAddress, data: blob }];
}

/** A started machine with its raw serial text: what tests of the firmware's protocol talk to. */
export class FirmwareBench {
  readonly events: PowerEvent[] = [];
  /** Everything received and not yet taken, Latin-1. */
  #text = '';
  #wake: () => void = () => {};
  #failure: Error | undefined;

  private constructor(readonly machine: Machine) {
    machine.uart.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    machine.uart.on('error', error => {
      this.#failure = error;
      this.#wake();
    });
    machine.onPower(events => {
      this.events.push(...events);
    });
  }

  /** Listens to a machine of any kind. */
  static around(machine: Machine): FirmwareBench {
    return new FirmwareBench(machine);
  }

  static async start(
    segments: readonly MemorySegment[],
    options: Partial<MachineOptions> = {},
  ): Promise<FirmwareBench> {
    const machine = await createRp2040Machine({ levelHz: testLevels.map(level => level.hertz), ...options });
    const bench = new FirmwareBench(machine);
    await machine.load(segments);
    await machine.reset();
    return bench;
  }

  send(data: string | Uint8Array): void {
    this.machine.uart.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** Takes the text up to and with the first `end`; throws the machine's failure. */
  async until(end: string): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf(end);
      if (at >= 0) {
        const taken = this.#text.slice(0, at + end.length);
        this.#text = this.#text.slice(at + end.length);
        return taken;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends a command and returns its reply without the closing `m-ready`. */
  async command(text: string): Promise<string> {
    this.send(`${text}%`);
    const reply = await this.until(ready);
    return reply.slice(0, -ready.length);
  }

  async close(): Promise<void> {
    await this.machine.close();
  }
}
