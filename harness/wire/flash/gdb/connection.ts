import { connect, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { asLittlefirstError, LittlefirstError } from '../../../errors.js';
import { afterAttended } from '../../../host/attended-clock.js';
import { closeLink, type Link, openLink } from '../../link/open.js';
import { GdbDecoder, type GdbToken, gdbPacket } from './packet.js';

/** Where a GDB server listens: a TCP port, the path of a unix socket, or `serial:/dev/...` of a probe that is one itself. */
export type GdbAddress = { host: string; port: number } | { path: string } | { link: string };

/** `tcp:host:port`, `unix:path` or `serial:path` of an address, for messages. */
export function gdbAddressText(address: GdbAddress): string {
  if ('link' in address) return address.link;
  return 'path' in address ? `unix:${address.path}` : `tcp:${address.host}:${address.port}`;
}

/** A packet is sent at most this often: once, and again after each nack or silence. */
const maximumTries = 4;

const stopReply = /^[TS][0-9a-f]{2}/i;

interface Waiter {
  resolve: (token: GdbToken) => void;
  reject: (error: LittlefirstError) => void;
  cancel: () => void;
}

async function openSocket(address: NetConnectOpts, timeoutMs: number): Promise<Duplex> {
  const socket = connect(address);
  try {
    await new Promise<void>((resolve, reject) => {
      const cancel = afterAttended(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      const settle = (act: () => void) => {
        cancel();
        act();
      };
      socket.once('connect', () => settle(resolve));
      socket.once('error', error => settle(() => reject(error)));
    });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.removeAllListeners('error');
  socket.setNoDelay(true);
  return socket;
}

/** Request and reply over the GDB remote protocol, with acknowledgements, repetition and time limits. */
export class GdbConnection {
  private readonly decoder = new GdbDecoder();
  private readonly tokens: GdbToken[] = [];
  private waiter: Waiter | undefined;
  private failure: LittlefirstError | undefined;
  private acknowledging = true;

  private constructor(
    private readonly socket: Duplex | Link,
    private readonly where: string,
    private readonly timeoutMs: number,
  ) {
    socket.on('data', chunk => this.receive(chunk));
    socket.on('error', error => this.lose(error.message, error));
    socket.on('close', () => this.lose('the GDB server closed the connection'));
  }

  /**
   * @param timeoutMs limit for connecting and for each reply
   * @throws LF_LINK_OPEN, LF_LINK_BUSY
   */
  static async open(address: GdbAddress, timeoutMs: number): Promise<GdbConnection> {
    const where = gdbAddressText(address);
    try {
      const stream = 'link' in address ? await openLink(address.link) : await openSocket(address, timeoutMs);
      return new GdbConnection(stream, where, timeoutMs);
    } catch (error) {
      if (asLittlefirstError(error).code === 'LF_LINK_BUSY') throw error;
      throw new LittlefirstError('LF_LINK_OPEN', `Cannot reach the GDB server at ${where}`, {
        received: error instanceof Error ? error.message : String(error),
        hint: 'is the GDB server (OpenOCD, J-Link, pyOCD, Black Magic Probe, QEMU) running, and no other client attached?',
        fields: { where },
        cause: error,
      });
    }
  }

  /** From here on neither side acknowledges packets (after `QStartNoAckMode` was answered). */
  stopAcknowledging(): void {
    this.acknowledging = false;
  }

  /**
   * Sends a packet and returns the payload of the reply.
   * @param timeoutMs limit for the reply, where it may take longer than usual (erasing flash)
   * @param reply.stops the reply is itself a stop report
   * @throws LF_LINK_LOST, LF_FLASH_FAILED after repeated damage or silence
   */
  async request(
    payload: string,
    timeoutMs = this.timeoutMs,
    reply: { stops?: boolean } = {},
  ): Promise<string> {
    this.tokens.length = 0;
    await this.send(payload, timeoutMs);
    return this.reply(payload, timeoutMs, reply);
  }

  /** Sends a packet whose reply is at most an acknowledgement (`k`). */
  async notify(payload: string): Promise<void> {
    await this.write(gdbPacket(payload));
  }

  /** The next packet without a request: further output of a running command. */
  async reply(
    about: string,
    timeoutMs = this.timeoutMs,
    { stops = about.startsWith('?') }: { stops?: boolean } = {},
  ): Promise<string> {
    for (let damaged = 0; damaged < maximumTries; damaged++) {
      const token = await this.nextReply(about, timeoutMs);
      if (token.kind === 'packet') {
        if (this.acknowledging) await this.write(Buffer.from('+'));
        /* A target that ran when the client came reports its stop unasked. */
        const unasked = stopReply.test(token.payload) && !stops;
        if (!unasked) return token.payload;
        continue;
      }
      if (!this.acknowledging) break;
      await this.write(Buffer.from('-'));
    }
    throw this.error(about, 'an undamaged packet', 'a wrong checksum every time');
  }

  /** Resolves when a serial port is free for the next one. */
  async close(): Promise<void> {
    this.failure ??= this.error('', 'an open connection', 'it was closed here');
    const { socket } = this;
    if (!('drain' in socket)) {
      socket.destroy();
      return;
    }
    if (socket.isOpen) await new Promise<void>(resolve => socket.drain(() => resolve()));
    await closeLink(socket);
  }

  private async send(payload: string, timeoutMs: number): Promise<void> {
    const packet = gdbPacket(payload);
    if (!this.acknowledging) return this.write(packet);
    for (let tries = 0; tries < maximumTries; tries++) {
      await this.write(packet);
      const token = await this.next(timeoutMs);
      if (token?.kind === 'ack') return;
      if (token?.kind === 'packet') {
        /* The acknowledgement was lost: the reply proves that the request arrived. */
        this.tokens.unshift(token);
        return;
      }
    }
    throw this.error(payload, 'an acknowledgement', `none after ${maximumTries} tries`);
  }

  private async nextReply(about: string, timeoutMs: number): Promise<GdbToken> {
    for (;;) {
      const token = await this.next(timeoutMs);
      if (token === undefined) throw this.error(about, `a reply within ${timeoutMs} ms`, 'none');
      if (token.kind === 'packet' || token.kind === 'damaged') return token;
    }
  }

  /** The next token, or undefined after the time limit. */
  private next(timeoutMs: number): Promise<GdbToken | undefined> {
    const ready = this.tokens.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const cancel = afterAttended(() => {
        this.waiter = undefined;
        resolve(undefined);
      }, timeoutMs);
      this.waiter = { resolve, reject, cancel };
    });
  }

  private receive(chunk: Buffer): void {
    this.tokens.push(...this.decoder.push(chunk));
    const waiter = this.waiter;
    const token = waiter && this.tokens.shift();
    if (waiter === undefined || token === undefined) return;
    this.waiter = undefined;
    waiter.cancel();
    waiter.resolve(token);
  }

  private lose(reason: string, cause?: unknown): void {
    this.failure ??= new LittlefirstError('LF_LINK_LOST', `The connection to ${this.where} broke`, {
      received: reason,
      cause,
    });
    const waiter = this.waiter;
    if (waiter === undefined) return;
    this.waiter = undefined;
    waiter.cancel();
    waiter.reject(this.failure);
  }

  private write(bytes: Buffer): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, error => (error ? reject(this.failure ?? error) : resolve()));
    });
  }

  private error(about: string, expected: string, received: string): LittlefirstError {
    const command = about.slice(0, 40).replace(/[^\x20-\x7e]/g, '.');
    return new LittlefirstError('LF_FLASH_FAILED', `The GDB server at ${this.where} failed on "${command}"`, {
      expected,
      received,
      fields: { where: this.where, command },
    });
  }
}
