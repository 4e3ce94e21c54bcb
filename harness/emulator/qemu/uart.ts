import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { SerialPortStream } from '@serialport/stream';
import { LittlefirstError } from '../../errors.js';
import { openLink } from '../../wire/link/open.js';
import type { QemuDatagrams } from './datagrams.js';

function linkError(where: string, error: Error): LittlefirstError {
  return new LittlefirstError('LF_LINK_OPEN', `Cannot open the emulated UART at ${where}`, {
    received: error.message,
    cause: error,
  });
}

/** Connects to QEMU's UART socket. @throws LF_LINK_OPEN */
export function openUartSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const refuse = (error: Error) => reject(linkError(path, error));
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}

/** Opens QEMU's UART on a pseudo terminal. @throws LF_LINK_OPEN, LF_TOOL_MISSING */
export function openUartPty(path: string): Promise<Duplex> {
  return openLink(`serial:${path}`).catch(error => {
    throw error.code === 'LF_TOOL_MISSING' ? error : linkError(path, error);
  });
}

function closed(transport: Duplex): Promise<void> {
  return new Promise(resolve => {
    if (transport.closed) resolve();
    transport.once('close', () => resolve());
    if (transport instanceof SerialPortStream && transport.isOpen) transport.close();
    else transport.destroy();
  });
}

/** The machine's UART as one lasting stream, whatever transport QEMU's end has at the moment. */
export class QemuUart extends Duplex {
  private transport: Duplex | undefined;
  private order: Promise<void> = Promise.resolve();

  /**
   * @param input where bytes to the board go, if not to the transport
   * @param before resolves when what must be told before the bytes that have come now has been
   */
  constructor(
    private readonly input?: QemuDatagrams,
    private readonly before?: () => Promise<void>,
  ) {
    super();
    /* A machine that dies while nobody listens to its UART must not end the whole program. */
    this.on('error', () => undefined);
  }

  /** Whether bytes to the board go another way than the transport. */
  get hasInput(): boolean {
    return this.input !== undefined;
  }

  /** Whether QEMU has taken what was written, as far as the system tells. */
  async isTaken(): Promise<boolean> {
    return this.writableLength === 0 && ((await this.input?.isTaken()) ?? true);
  }

  /** Goes on with a transport. */
  attach(transport: Duplex): void {
    this.transport = transport;
    transport.on('error', () => undefined);
    const take = (chunk: Buffer) => {
      if (this.transport === transport && !this.push(chunk)) transport.pause();
    };
    const { before } = this;
    const ignore = () => undefined;
    transport.on('data', (chunk: Buffer) => {
      if (before === undefined) take(chunk);
      /* Where the machine dies instead, the stream itself tells of it. */ else
        this.order = this.order.then(before).then(() => take(chunk), ignore);
    });
  }

  /**
   * Closes the transport and drops the bytes under way. From here on nothing arrives and what is written is dropped, as on
   * an unpowered board.
   */
  async detach(): Promise<void> {
    const transport = this.transport;
    this.transport = undefined;
    while (this.read() !== null);
    if (transport !== undefined) await closed(transport);
  }

  override _read(): void {
    this.transport?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const transport = this.transport;
    if (transport === undefined) {
      callback();
      return;
    }
    if (this.input !== undefined) {
      this.input.send(chunk, callback);
      return;
    }
    let settled = false;
    const settle = () => {
      if (settled) return;
      settled = true;
      transport.off('close', settle);
      callback();
    };
    transport.once('close', settle);
    transport.write(chunk, settle);
  }

  override _final(callback: (error?: Error | null) => void): void {
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const transport = this.transport;
    this.transport = undefined;
    if (transport !== undefined) void closed(transport);
    this.input?.close();
    callback(error);
  }
}
