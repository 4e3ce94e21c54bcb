import type { Duplex } from 'node:stream';
import type { BindingInterface, BindingPortInterface, OpenOptions, PortInfo, PortStatus } from './binding.js';

/** Thrown by a read or write that `close` interrupted, as serialport's binding contract asks. */
class CanceledError extends Error {
  readonly canceled = true;
}

/** A serial port on a byte stream: a socket, or the UART of an emulated machine. */
class DuplexPort implements BindingPortInterface {
  isOpen = true;
  private wake: (() => void) | undefined;
  private failure: Error | undefined;
  private readonly onReadable = () => this.wake?.();
  private readonly onEnd = () => this.fail(new Error('the other end closed the connection'));
  private readonly onError = (error: Error) => this.fail(error);

  constructor(
    readonly openOptions: Required<OpenOptions>,
    private readonly stream: Duplex,
    private readonly release: () => void,
  ) {
    stream.on('readable', this.onReadable);
    stream.on('end', this.onEnd);
    stream.on('close', this.onEnd);
    stream.on('error', this.onError);
  }

  async close(): Promise<void> {
    if (!this.isOpen) throw new Error('Port is not open');
    this.isOpen = false;
    this.stream.off('readable', this.onReadable);
    this.stream.off('end', this.onEnd);
    this.stream.off('close', this.onEnd);
    this.wake?.();
    this.release();
    this.stream.off('error', this.onError);
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    for (;;) {
      if (!this.isOpen) throw new CanceledError('the port was closed');
      const chunk: Buffer | null = this.stream.read(
        Math.min(length, this.stream.readableLength) || undefined,
      );
      if (chunk !== null) {
        chunk.copy(buffer, offset);
        return { buffer, bytesRead: chunk.length };
      }
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }

  async write(buffer: Buffer): Promise<void> {
    if (!this.isOpen) throw new CanceledError('the port was closed');
    await new Promise<void>((resolve, reject) => {
      this.stream.write(buffer, error => (error ? reject(error) : resolve()));
    });
  }

  async update(): Promise<void> {}
  async set(): Promise<void> {}
  async get(): Promise<PortStatus> {
    return { cts: true, dsr: true, dcd: true };
  }
  async getBaudRate(): Promise<{ baudRate: number }> {
    return { baudRate: this.openOptions.baudRate };
  }
  async flush(): Promise<void> {
    while (this.stream.read() !== null);
  }
  async drain(): Promise<void> {}

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }
}

/**
 * A serialport binding over byte streams.
 * @param connect gives the stream and what to do with it when the port closes
 */
export function duplexBinding(
  connect: () => Promise<{ stream: Duplex; release: () => void }>,
): BindingInterface {
  return {
    async list(): Promise<PortInfo[]> {
      return [];
    },
    async open(options: OpenOptions): Promise<BindingPortInterface> {
      const { stream, release } = await connect();
      const defaults = { dataBits: 8, stopBits: 1, parity: 'none', lock: true, hupcl: false } as const;
      const flow = { rtscts: false, xon: false, xoff: false, xany: false };
      return new DuplexPort({ ...defaults, ...flow, ...options }, stream, release);
    },
  };
}
