import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LittlefirstError } from '../../errors.js';

const host = '127.0.0.1';
/** QEMU reads a datagram into a buffer of this size and drops what is beyond (CHR_READ_BUF_LEN in QEMU's chardev/char.h). */
const datagramBytes = 4096;
/**
 * What may wait in the kernel for QEMU before the next datagram is held back, bytes as the kernel counts them. A third of Linux's smallest usual
 * limit for a socket (net.core.rmem_default, 212,992); what does not fit is dropped in silence.
 */
const waitingBytes = 65_536;
/** What a datagram weighs there at most: its length rounded up to a power of two, and its descriptors (skb->truesize, net/core/skbuff.c). */
const weightOf = (length: number): number => 2 * length + 1280;
/** Pause before the kernel is asked again, milliseconds. */
const pauseMilliseconds = 1;

/** Bytes that wait at a UDP port of this host (the rx_queue column of /proc/net/udp, proc(5)); undefined where the system does not tell. */
async function waitingAt(port: number): Promise<number | undefined> {
  const table = await readFile('/proc/net/udp', 'latin1').catch(() => undefined);
  if (table === undefined) return undefined;
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n')) {
    const [, address, , , queues] = line.trim().split(/\s+/);
    if (address?.endsWith(local)) return Number.parseInt(queues.split(':')[1], 16);
  }
  return 0;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>(resolve => socket.close(() => resolve()));
}

/**
 * Input to one of QEMU's UARTs by datagrams of this host, connected both ways: QEMU takes them from this socket only. From a
 * stream QEMU hands a PL011 one byte a turn of its main loop, from a datagram as many as fit its FIFO (udp_chr_flush_buffer in
 * chardev/char-udp.c), which is several times faster. The kernel drops what QEMU is too slow to take, so no more is sent than its buffer holds.
 */
export class QemuDatagrams {
  private closed = false;
  private sending = Promise.resolve();
  /** What may wait in the kernel, as it counts: what waited when it was asked, and all that was sent since. */
  private unseen = 0;
  /** Calls of `send` that are not done. */
  private unsent = 0;

  private constructor(
    private readonly socket: Socket,
    /** QEMU's port. */
    private readonly port: number,
  ) {
    socket.unref();
    /* Nobody listens there while QEMU is not yet or no longer there: bytes to an unpowered board are lost. */
    socket.on('error', () => undefined);
  }

  /** Opens the host's end, and finds a port for QEMU's. @throws LF_EMULATOR_FAILED */
  static async open(): Promise<QemuDatagrams> {
    try {
      const socket = await bound();
      const probe = await bound();
      const { port } = probe.address();
      await closed(probe);
      return new QemuDatagrams(socket, port);
    } catch (cause) {
      throw new LittlefirstError('LF_EMULATOR_FAILED', `No datagrams on ${host}`, {
        received: cause instanceof Error ? cause.message : String(cause),
        hint: 'is the loopback interface up?',
        cause,
      });
    }
  }

  /** QEMU's `-chardev` options of its end, without the id. */
  get chardev(): string {
    return `udp,host=${host},port=${this.socket.address().port},localaddr=${host},localport=${this.port}`;
  }

  /** Sends bytes in order; `done` follows when the kernel has them. What QEMU does not take waits here, until the end is closed. */
  send(bytes: Uint8Array, done: () => void): void {
    this.unsent += 1;
    this.sending = this.sending
      .then(() => this.sendPieces(bytes))
      .then(() => {
        this.unsent -= 1;
        done();
      });
  }

  private async sendPieces(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < Math.max(1, bytes.length) && !this.closed; at += datagramBytes) {
      await this.room();
      if (this.closed) return;
      const piece = bytes.subarray(at, at + datagramBytes);
      this.unseen += weightOf(piece.length);
      await new Promise<void>(resolve => this.socket.send(piece, this.port, host, () => resolve()));
    }
  }

  /** Whether QEMU has taken what was sent; true where the system does not tell. */
  async isTaken(): Promise<boolean> {
    if (this.closed) return true;
    return this.unsent === 0 && ((await waitingAt(this.port)) ?? 0) === 0;
  }

  /** Returns when the kernel has room for another datagram. It is asked when what was sent since may have filled it. */
  private async room(): Promise<void> {
    const next = weightOf(datagramBytes);
    while (!this.closed && this.unseen + next > waitingBytes) {
      const waiting = await waitingAt(this.port);
      if (waiting === undefined) return;
      this.unseen = waiting;
      if (waiting + next > waitingBytes) await delay(pauseMilliseconds);
    }
  }

  /** Closes the host's end; closing twice is allowed. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }
}
