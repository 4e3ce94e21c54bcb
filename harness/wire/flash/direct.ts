import { createHash } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import type { Machine, MemorySegment } from '../../machine/machine.js';
import type { Flasher, FlashReport } from './flasher.js';

/** Writes the memory of an emulated machine and reads every byte back. */
export class DirectFlasher implements Flasher {
  readonly name = 'direct';

  constructor(private readonly machine: Pick<Machine, 'load' | 'read' | 'reset' | 'board'>) {}

  async flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport> {
    const begun = performance.now();
    await this.machine.load(segments);
    for (const { address, data } of segments) {
      signal?.throwIfAborted();
      const back = await this.machine.read(address, data.length);
      const at = data.findIndex((byte, i) => byte !== back[i]);
      if (at >= 0 || back.length !== data.length)
        throw new LittlefirstError(
          'LF_FLASH_VERIFY',
          `The flash of ${this.machine.board} does not hold what was written`,
          {
            expected: `${data.length} bytes as written at 0x${address.toString(16)}`,
            received: at < 0 ? `${back.length} bytes` : `another byte at 0x${(address + at).toString(16)}`,
          },
        );
    }
    await this.machine.reset();
    return {
      flasher: this.name,
      segments: segments.map(({ address, data }) => ({
        address,
        bytes: data.length,
        sha256: createHash('sha256').update(data).digest('hex'),
      })),
      verified: 'readback',
      milliseconds: performance.now() - begun,
    };
  }
}
