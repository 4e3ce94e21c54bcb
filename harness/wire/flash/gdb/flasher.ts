import { createHash } from 'node:crypto';
import { asLittlefirstError, LittlefirstError } from '../../../errors.js';
import type { MemorySegment } from '../../../machine/machine.js';
import type { Flasher, FlashReport } from '../flasher.js';
import { type GdbAddress, gdbAddressText } from './connection.js';
import { gdbCrc32 } from './crc.js';
import type { GdbMemoryRegion } from './memory-map.js';
import { GdbRemote, type GdbRemoteOptions } from './remote.js';

/** What differs between GDB servers: their monitor commands. */
export interface GdbServer {
  name: string;
  /** Before the first access: halt the target. */
  before: readonly string[];
  /** After verification, before detaching: reset it. */
  after: readonly string[];
  /** Number of the target to attach to after `before`, where the server starts without one. */
  attach?: number;
  /** The server resets the target on `R`, without an answer. */
  restarts?: boolean;
}

/**
 * Commands from the servers' manuals; only `qemu` has been run here. Black Magic starts without a target: scan, then `vAttach`; `R`
 * resets (src/gdb_main.c of blackmagic-debug/blackmagic).
 */
export const gdbServers = {
  qemu: { name: 'qemu', before: [], after: ['system_reset'] },
  openocd: { name: 'openocd', before: ['reset halt'], after: ['reset run'] },
  pyocd: { name: 'pyocd', before: ['reset halt'], after: ['reset'] },
  jlink: { name: 'jlink', before: ['reset'], after: ['reset'] },
  'black-magic': { name: 'black-magic', before: ['swdp_scan'], after: [], attach: 1, restarts: true },
} as const satisfies Record<string, GdbServer>;

export interface GdbFlasherOptions extends GdbRemoteOptions {
  server?: GdbServer;
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

function regionOf(map: readonly GdbMemoryRegion[], segment: MemorySegment): GdbMemoryRegion | undefined {
  return map.find(
    region =>
      segment.address >= region.start &&
      segment.address + segment.data.length <= region.start + region.length,
  );
}

/** Whole erase blocks under the segments of one flash region, joined where they touch. */
function blocksUnder(
  region: GdbMemoryRegion,
  segments: readonly MemorySegment[],
): { start: number; end: number }[] {
  const down = (address: number) => address - ((address - region.start) % region.blockBytes);
  const ranges = segments
    .map(({ address, data }) => ({
      start: down(address),
      end: Math.min(down(address + data.length - 1) + region.blockBytes, region.start + region.length),
    }))
    .sort((a, b) => a.start - b.start);
  const joined: { start: number; end: number }[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else joined.push(range);
  }
  return joined;
}

/** Writes through a GDB server: flash by its flash commands where it has a memory map, anything else directly. */
export class GdbFlasher implements Flasher {
  readonly name: string;
  private readonly server: GdbServer;

  constructor(
    private readonly address: GdbAddress,
    private readonly options: GdbFlasherOptions = {},
  ) {
    this.server = options.server ?? gdbServers.qemu;
    this.name = `gdb-${this.server.name}`;
  }

  async flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport> {
    const started = performance.now();
    const written = segments.filter(segment => segment.data.length > 0);
    let remote: GdbRemote | undefined;
    /* An erase may take a minute, and a server that says nothing longer: the request under way ends with its connection. */
    const leave = () => void remote?.close();
    try {
      remote = await GdbRemote.connect(this.address, this.options);
      signal?.throwIfAborted();
      signal?.addEventListener('abort', leave);
      for (const command of this.server.before) await remote.monitor(command);
      if (this.server.attach !== undefined) await remote.attach(this.server.attach);
      await this.write(remote, written);
      const verified = await this.verify(remote, written);
      for (const command of this.server.after) await remote.monitor(command);
      if (this.server.restarts) await remote.restart();
      await remote.detach();
      return {
        flasher: this.name,
        segments: written.map(({ address, data }) => ({ address, bytes: data.length, sha256: sha256(data) })),
        verified,
        milliseconds: performance.now() - started,
      };
    } catch (error) {
      signal?.throwIfAborted();
      const known = asLittlefirstError(error, 'LF_FLASH_FAILED');
      if (known.code === 'LF_FLASH_FAILED' || known.code === 'LF_FLASH_VERIFY') throw known;
      throw asLittlefirstError(
        new Error(known.message, { cause: known }),
        'LF_FLASH_FAILED',
        'Flashing failed',
      );
    } finally {
      signal?.removeEventListener('abort', leave);
      await remote?.close();
    }
  }

  private async write(remote: GdbRemote, segments: readonly MemorySegment[]): Promise<void> {
    const map = await remote.memoryMap();
    const placed = segments.map(segment => ({ segment, region: regionOf(map, segment) }));
    for (const { segment, region } of placed) {
      if (map.length === 0 || (region !== undefined && region.type !== 'rom')) continue;
      throw this.outside(segment);
    }
    for (const flash of map.filter(region => region.type === 'flash')) {
      const inside = placed.filter(({ region }) => region === flash).map(({ segment }) => segment);
      for (const { start, end } of blocksUnder(flash, inside)) await remote.flashErase(start, end - start);
    }
    let flashed = false;
    for (const { segment, region } of placed) {
      if (region?.type === 'flash') {
        await remote.flashWrite(segment.address, segment.data);
        flashed = true;
      } else {
        await remote.writeMemory(segment.address, segment.data);
      }
    }
    if (flashed) await remote.flashDone();
  }

  /** By the server's checksum where it has one, else by reading everything back. */
  private async verify(
    remote: GdbRemote,
    segments: readonly MemorySegment[],
  ): Promise<FlashReport['verified']> {
    let verified: FlashReport['verified'] = segments.length > 0 ? 'checksum' : 'readback';
    for (const { address, data } of segments) {
      const crc = await remote.crc(address, data.length);
      if (crc === undefined) {
        verified = 'readback';
        const found = await remote.readMemory(address, data.length);
        const at = found.findIndex((byte, index) => byte !== data[index]);
        if (at >= 0)
          throw this.mismatch(address + at, `0x${data[at].toString(16)}`, `0x${found[at].toString(16)}`);
      } else if (crc !== gdbCrc32(data)) {
        throw this.mismatch(address, `CRC ${gdbCrc32(data).toString(16)}`, `CRC ${crc.toString(16)}`);
      }
    }
    return verified;
  }

  private outside(segment: MemorySegment): LittlefirstError {
    const start = `0x${segment.address.toString(16)}`;
    return new LittlefirstError('LF_FLASH_FAILED', 'The image does not fit the memory of the target', {
      expected: 'every segment inside one flash or RAM region of the memory map',
      received: `${segment.data.length} bytes at ${start}`,
      hint: 'is the right board attached?',
      fields: { address: segment.address, bytes: segment.data.length },
    });
  }

  private mismatch(address: number, expected: string, received: string): LittlefirstError {
    return new LittlefirstError(
      'LF_FLASH_VERIFY',
      `What was written through ${gdbAddressText(this.address)} reads back differently at 0x${address.toString(16)}`,
      {
        expected,
        received,
        hint: 'flash again; if it stays, the flash is worn out or protected',
        fields: { address },
      },
    );
  }
}
