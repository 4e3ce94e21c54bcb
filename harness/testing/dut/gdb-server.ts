import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { gdbCrc32 } from '../../wire/flash/gdb/crc.js';
import { GdbDecoder, gdbEscape, gdbPacket } from '../../wire/flash/gdb/packet.js';

/** What goes wrong on the line, each a number of times. */
export interface GdbFaults {
  /** Replies sent with a wrong checksum. */
  damageReplies?: number;
  /** Requests answered by a nack although they were fine. */
  refuseRequests?: number;
  /** Requests swallowed without a sound. */
  loseRequests?: number;
  /** Acknowledgements left out; the reply comes. */
  loseAcknowledgements?: number;
  /** A stop report before the first reply, as from a target that ran. */
  stopReport?: boolean;
  /** The connection is cut at the request that begins so. */
  cutAt?: string;
  /** Requests that begin so are answered by `E01`. */
  failAt?: string;
  /** The request that begins so is taken and never answered. */
  stallAt?: { request: string; told: () => void };
  /** Flash that does not take this address. */
  deadAddress?: number;
}

export interface GdbFakeOptions {
  features?: readonly string[];
  memoryMap?: string;
  hasCrc?: boolean;
  binaryWrites?: boolean;
  packetSize?: number;
  faults?: GdbFaults;
}

const hexBytes = (text: string): string => Buffer.from(text).toString('hex');

/** A GDB server over TCP or any other stream, with memory and flash of its own, that misbehaves on demand. For tests. */
export class GdbFakeServer {
  readonly memory = new Map<number, number>();
  /** Requests as they were carried out, binary parts left out. */
  readonly log: string[] = [];
  private readonly server: Server = createServer({ noDelay: true }, socket => this.serve(socket));
  private readonly sockets = new Set<Duplex>();
  private readonly faults: GdbFaults;

  constructor(private readonly options: GdbFakeOptions = {}) {
    this.faults = { ...options.faults };
  }

  async start(): Promise<{ host: string; port: number }> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (this.server.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise(resolve => this.server.close(resolve));
  }

  bytes(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, index) => this.memory.get(address + index) ?? 0);
  }

  private take(fault: 'damageReplies' | 'refuseRequests' | 'loseRequests' | 'loseAcknowledgements'): boolean {
    const left = this.faults[fault] ?? 0;
    if (left > 0) this.faults[fault] = left - 1;
    return left > 0;
  }

  /** Serves one client, over whatever line. */
  serve(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    const decoder = new GdbDecoder();
    let acknowledging = true;
    /* Replies wait for the acknowledgement of the one before. */
    let waiting: string[] = [];
    let lastReply = gdbPacket('');
    const sendLast = () => {
      const damaged = this.take('damageReplies');
      socket.write(damaged ? Buffer.concat([lastReply.subarray(0, -2), Buffer.from('zz')]) : lastReply);
    };
    const sendNext = () => {
      const payload = waiting.shift();
      if (payload === undefined) return;
      lastReply = gdbPacket(payload);
      sendLast();
      if (!acknowledging) sendNext();
    };
    if (this.faults.stopReport) socket.write(gdbPacket('T02thread:01;'));
    socket.on('data', chunk => {
      for (const token of decoder.push(chunk)) {
        if (token.kind === 'nack') sendLast();
        if (token.kind === 'ack') sendNext();
        if (token.kind !== 'packet') continue;
        const { payload } = token;
        if (this.faults.cutAt !== undefined && payload.startsWith(this.faults.cutAt)) {
          socket.destroy();
          return;
        }
        const { stallAt } = this.faults;
        if (stallAt !== undefined && payload.startsWith(stallAt.request)) {
          stallAt.told();
          continue;
        }
        if (this.take('loseRequests')) continue;
        if (acknowledging && this.take('refuseRequests')) {
          socket.write('-');
          continue;
        }
        if (acknowledging && !this.take('loseAcknowledgements')) socket.write('+');
        waiting = this.replies(payload);
        sendNext();
        if (payload === 'QStartNoAckMode') acknowledging = false;
      }
    });
  }

  private replies(payload: string): string[] {
    this.log.push(/^[^:]*:?[0-9a-f]*/.exec(payload)?.[0] ?? payload);
    if (this.faults.failAt !== undefined && payload.startsWith(this.faults.failAt)) return ['E01'];
    const { features = [], packetSize = 512 } = this.options;
    if (payload.startsWith('qSupported'))
      return [[`PacketSize=${packetSize.toString(16)}`, ...features].join(';')];
    if (payload === 'QStartNoAckMode' || payload === 'D' || payload === 'vFlashDone') return ['OK'];
    if (payload === '?' || payload === 'vAttach;1') return ['T05'];
    if (payload === 'R00') return [];
    if (payload.startsWith('qXfer:memory-map:read::')) return [this.mapPart(payload)];
    if (payload.startsWith('qRcmd,')) return [`O${hexBytes('resetting ')}`, `O${hexBytes('target\n')}`, 'OK'];
    if (payload.startsWith('qCRC:')) return [this.crc(payload)];
    return [this.access(payload)];
  }

  private mapPart(payload: string): string {
    const [offset, length] = payload
      .split('::')[1]
      .split(',')
      .map(text => Number.parseInt(text, 16));
    const map = this.options.memoryMap ?? '';
    const part = map.slice(offset, offset + length);
    return `${offset + part.length >= map.length ? 'l' : 'm'}${gdbEscape(Buffer.from(part))}`;
  }

  private crc(payload: string): string {
    if (!this.options.hasCrc) return '';
    const [address, length] = payload
      .slice(5)
      .split(',')
      .map(text => Number.parseInt(text, 16));
    return `C${gdbCrc32(this.bytes(address, length)).toString(16)}`;
  }

  private access(payload: string): string {
    const [command, data = ''] = [payload.split(':', 1)[0], payload.slice(payload.indexOf(':') + 1)];
    const [address, length] = command
      .slice(1)
      .split(',')
      .map(text => Number.parseInt(text, 16));
    if (payload.startsWith('vFlashErase:')) {
      const [start, size] = data.split(',').map(text => Number.parseInt(text, 16));
      for (let index = 0; index < size; index++) this.memory.set(start + index, 0xff);
      return 'OK';
    }
    if (payload.startsWith('vFlashWrite:')) {
      const colon = data.indexOf(':');
      this.store(Number.parseInt(data.slice(0, colon), 16), Buffer.from(data.slice(colon + 1), 'latin1'));
      return 'OK';
    }
    if (payload[0] === 'm') return Buffer.from(this.bytes(address, length)).toString('hex');
    if (payload[0] === 'M') {
      this.store(address, Buffer.from(data, 'hex'));
      return 'OK';
    }
    if (payload[0] === 'X' && this.options.binaryWrites) {
      this.store(address, Buffer.from(data, 'latin1'));
      return 'OK';
    }
    return '';
  }

  private store(address: number, data: Uint8Array): void {
    data.forEach((byte, index) => {
      if (address + index !== this.faults.deadAddress) this.memory.set(address + index, byte);
    });
  }
}
