import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { LittlefirstError } from '../../errors.js';

const host = '127.0.0.1';
/** QEMU reads a datagram into a buffer of this size and drops what is beyond (CHR_READ_BUF_LEN in QEMU's chardev/char.h). */
const datagramBytes = 4096;

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
 * chardev/char-udp.c), which is several times faster. The kernel's buffers hold more than the frames that a DUT has credits for.
 */
export class QemuDatagrams {
  private closed = false;

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

  /** Sends bytes in order; `done` follows when the kernel has them. */
  send(bytes: Uint8Array, done: () => void): void {
    const last = Math.max(1, Math.ceil(bytes.length / datagramBytes));
    let sent = 0;
    for (let i = 0; i < last; i += 1)
      this.socket.send(bytes.subarray(i * datagramBytes, (i + 1) * datagramBytes), this.port, host, () => {
        sent += 1;
        if (sent === last) done();
      });
  }

  /** Closes the host's end; closing twice is allowed. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }
}
