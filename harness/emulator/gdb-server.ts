import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder } from '../host/temporary-folder.js';
import type { Machine } from '../machine/machine.js';
import type { GdbAddress } from '../wire/flash/gdb/connection.js';
import { gdbCrc32 } from '../wire/flash/gdb/crc.js';
import type { GdbMemoryRegion } from '../wire/flash/gdb/memory-map.js';
import { GdbDecoder, gdbEscape, gdbPacket } from '../wire/flash/gdb/packet.js';

/** A machine whose core a debugger can stop and look into. */
export interface DebuggedMachine extends Machine {
  /** Stops the core between two instructions, or lets it go on; memory can be read and written in both states. */
  halt(on: boolean): Promise<void>;
  /** R0 to R12, SP, LR, PC and xPSR, 32-bit words, little-endian; sets them first where values are given. */
  registers(values?: Uint8Array): Promise<Uint8Array>;
}

/** Most bytes of one packet's payload; announced to the client. */
const packetBytes = 0x4000;
const registerCount = 17;
const interrupt = 0x03;
const stopped = 'S05';

/** Register layout of a Cortex-M for GDB (GDB manual, "ARM Features"). */
const targetXml = `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>arm</architecture>
<feature name="org.gnu.gdb.arm.m-profile">${Array.from({ length: 13 }, (_, i) => `<reg name="r${i}" bitsize="32"/>`).join('')}
<reg name="sp" bitsize="32" type="data_ptr"/><reg name="lr" bitsize="32"/><reg name="pc" bitsize="32" type="code_ptr"/><reg name="xpsr" bitsize="32"/>
</feature></target>`;

function memoryMapXml(map: readonly GdbMemoryRegion[]): string {
  const regions = map.map(({ type, start, length, blockBytes }) => {
    const place = `type="${type}" start="0x${start.toString(16)}" length="0x${length.toString(16)}"`;
    return type === 'flash'
      ? `<memory ${place}><property name="blocksize">0x${blockBytes.toString(16)}</property></memory>`
      : `<memory ${place}/>`;
  });
  return `<?xml version="1.0"?><memory-map>${regions.join('')}</memory-map>`;
}

const hexNumbers = (text: string): number[] => text.split(',').map(part => Number.parseInt(part, 16));
const hexBytes = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** One debugger's session: what its packets do to the machine. The core stands still while the session lasts, but for `c`. */
class Session {
  /** The core runs, and whoever stops it is owed a stop report. */
  private runs = false;

  constructor(
    private readonly machine: DebuggedMachine,
    private readonly map: readonly GdbMemoryRegion[],
  ) {}

  begin(): Promise<void> {
    return this.machine.halt(true);
  }

  async end(): Promise<void> {
    await this.machine.halt(false);
  }

  /** Ctrl-C of the client. @returns the stop report that it waits for */
  async interrupt(): Promise<string | undefined> {
    if (!this.runs) return undefined;
    this.runs = false;
    await this.machine.halt(true);
    return 'S02';
  }

  /** @returns the reply; undefined where none is due (yet); '' for a packet that is not known */
  async reply(packet: string): Promise<string | undefined> {
    const colon = packet.indexOf(':');
    const head = colon < 0 ? packet : packet.slice(0, colon);
    const tail = colon < 0 ? '' : packet.slice(colon + 1);
    if (head.startsWith('q')) return this.query(packet, head, tail);
    if (head.startsWith('v')) return this.flash(head, tail);
    switch (packet[0]) {
      case '?':
        return stopped;
      case 'g':
        return hexBytes(await this.machine.registers());
      case 'G':
        await this.machine.registers(Buffer.from(packet.slice(1), 'hex'));
        return 'OK';
      case 'p':
        return this.readRegister(Number.parseInt(packet.slice(1), 16));
      case 'P':
        return this.writeRegister(packet.slice(1));
      case 'm':
        return hexBytes(await this.machine.read(...this.place(head.slice(1))));
      case 'M':
        return this.writeRam(head.slice(1), Buffer.from(tail, 'hex'));
      case 'X':
        return this.writeRam(head.slice(1), Buffer.from(tail, 'latin1'));
      case 'c':
        this.runs = true;
        await this.machine.halt(false);
        return undefined;
      case 'R':
        await this.machine.reset();
        return undefined;
      case 'H':
        return 'OK';
      default:
        return '';
    }
  }

  private async query(packet: string, head: string, tail: string): Promise<string> {
    if (head === 'qSupported')
      return `PacketSize=${packetBytes.toString(16)};qXfer:memory-map:read+;qXfer:features:read+`;
    if (packet.startsWith('qXfer:memory-map:read::')) return part(memoryMapXml(this.map), packet);
    if (packet.startsWith('qXfer:features:read:target.xml:')) return part(targetXml, packet);
    if (head === 'qCRC') {
      const data = await this.machine.read(...this.place(tail));
      return `C${gdbCrc32(data).toString(16)}`;
    }
    if (packet === 'qAttached') return '1';
    if (packet.startsWith('qRcmd,')) return this.command(Buffer.from(packet.slice(6), 'hex').toString());
    return '';
  }

  /** Commands as QEMU's and OpenOCD's: the board starts anew, and stands still until the debugger leaves. */
  private async command(text: string): Promise<string> {
    if (!['system_reset', 'reset', 'reset halt', 'reset run'].includes(text)) return 'E01';
    await this.machine.reset();
    return 'OK';
  }

  /** As a flash does it: erasing sets whole sectors to ones, writing only clears bits. */
  private async flash(head: string, tail: string): Promise<string> {
    if (head === 'vFlashErase') {
      const [address, length] = hexNumbers(tail);
      const region = this.flashAt(address, length);
      if (region === undefined || (address - region.start) % region.blockBytes || length % region.blockBytes)
        return 'E01';
      await this.machine.load([{ address, data: new Uint8Array(length).fill(0xff) }]);
      return 'OK';
    }
    if (head === 'vFlashWrite') {
      const colon = tail.indexOf(':');
      const address = Number.parseInt(tail.slice(0, colon), 16);
      const data = Buffer.from(tail.slice(colon + 1), 'latin1');
      if (this.flashAt(address, data.length) === undefined) return 'E01';
      const old = await this.machine.read(address, data.length);
      await this.machine.load([{ address, data: Uint8Array.from(data, (byte, i) => byte & old[i]) }]);
      return 'OK';
    }
    return head === 'vFlashDone' ? 'OK' : '';
  }

  private async readRegister(index: number): Promise<string> {
    if (!(index < registerCount)) return 'E01';
    const all = await this.machine.registers();
    return hexBytes(all.subarray(4 * index, 4 * index + 4));
  }

  private async writeRegister(assignment: string): Promise<string> {
    const [index, value] = assignment.split('=');
    const all = await this.machine.registers();
    if (!(Number.parseInt(index, 16) < registerCount)) return 'E01';
    all.set(Buffer.from(value, 'hex').subarray(0, 4), 4 * Number.parseInt(index, 16));
    await this.machine.registers(all);
    return 'OK';
  }

  private async writeRam(place: string, data: Uint8Array): Promise<string> {
    const [address, length] = this.place(place);
    if (length !== data.length) return 'E01';
    if (length > 0 && this.regionAt(address, length)?.type !== 'ram') return 'E01';
    await this.machine.load([{ address, data }]);
    return 'OK';
  }

  private place(text: string): [number, number] {
    const [address, length] = hexNumbers(text);
    return [address, length];
  }

  private regionAt(address: number, length: number): GdbMemoryRegion | undefined {
    return this.map.find(({ start, length: size }) => address >= start && address + length <= start + size);
  }

  private flashAt(address: number, length: number): GdbMemoryRegion | undefined {
    const region = this.regionAt(address, length);
    return region?.type === 'flash' ? region : undefined;
  }
}

/** The piece of a document that a qXfer packet asks for (`...:offset,length`). */
function part(document: string, packet: string): string {
  const [offset, length] = hexNumbers(packet.slice(packet.lastIndexOf(':') + 1));
  const piece = document.slice(offset, offset + Math.min(length, packetBytes - 64));
  return `${offset + piece.length >= document.length ? 'l' : 'm'}${gdbEscape(Buffer.from(piece))}`;
}

/** Serves one debugger until it leaves. */
async function serve(socket: Socket, session: Session): Promise<void> {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  const decoder = new GdbDecoder();
  let last = gdbPacket('');
  const send = (payload: string) => {
    last = gdbPacket(payload);
    socket.write(last);
  };
  await session.begin();
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (chunk.includes(interrupt)) {
      const report = await session.interrupt();
      if (report !== undefined) send(report);
    }
    for (const token of decoder.push(chunk)) {
      if (token.kind === 'nack') socket.write(last);
      if (token.kind === 'damaged') socket.write('-');
      if (token.kind !== 'packet') continue;
      socket.write('+');
      if (token.payload === 'D' || token.payload === 'k') {
        if (token.payload === 'D') send('OK');
        socket.end();
        continue;
      }
      const answer = await session.reply(token.payload).catch(() => 'E01');
      if (answer !== undefined) send(answer);
    }
  }
}

/**
 * A GDB server for an emulated machine that brings none of its own, on a private socket, one debugger at a time. The core stands still
 * while a debugger is there. Known: memory, registers, flash by the memory map, qCRC, continue and interrupt, restart, and the monitor
 * commands `system_reset` (as QEMU's) and `reset`; no breakpoints, no single steps.
 * @throws LF_EMULATOR_FAILED through the machine
 */
export async function serveGdb(
  machine: DebuggedMachine,
  map: readonly GdbMemoryRegion[],
): Promise<{ address: GdbAddress; close(): Promise<void> }> {
  const folder = makeTemporaryFolder('gdb');
  const path = join(folder, 'gdb');
  let busy: Promise<void> | undefined;
  let open: Socket | undefined;
  const server: Server = createServer(socket => {
    if (busy !== undefined) {
      socket.destroy();
      return;
    }
    open = socket;
    const session = new Session(machine, map);
    busy = serve(socket, session)
      .catch(() => socket.destroy())
      .then(() => session.end())
      .catch(() => undefined)
      .finally(() => {
        busy = undefined;
        open = undefined;
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    address: { path },
    close: async () => {
      open?.destroy();
      await new Promise(resolve => server.close(resolve));
      await busy;
      removeTemporaryFolder(folder);
    },
  };
}
