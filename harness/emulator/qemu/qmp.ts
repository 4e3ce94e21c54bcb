import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { LittlefirstError } from '../../errors.js';

interface QmpMessage {
  QMP?: unknown;
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  data?: Record<string, unknown>;
  id?: number;
}

interface Pending {
  command: string;
  resolve: (value: unknown) => void;
  reject: (error: LittlefirstError) => void;
}

/** QEMU's machine protocol (QMP) on a connected socket. */
export class Qmp {
  private readonly pending = new Map<number, Pending>();
  private readonly eventListeners = new Set<(event: string) => void>();
  private failure: LittlefirstError | undefined;
  private nextId = 1;

  constructor(private readonly socket: Socket) {
    const lines = createInterface({ input: socket });
    lines.on('line', line => this.receive(JSON.parse(line) as QmpMessage));
    /* QEMU closes this connection only by ending; its process knows why and says so through fail(). */
    lines.on('error', () => undefined);
    socket.on('error', () => undefined);
  }

  /** Leaves the capabilities negotiation: the first command of a connection. */
  async begin(): Promise<void> {
    await this.execute('qmp_capabilities');
  }

  /** Runs a command. @throws LF_EMULATOR_FAILED */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { command, resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** Registers a receiver of event names (`RESET`, `STOP`, ...); returns the unsubscribe function. */
  onEvent(listener: (event: string) => void): () => void {
    this.eventListeners.add(listener);
    return () => this.eventListeners.delete(listener);
  }

  /** Resolves at the next event of that name. @throws LF_EMULATOR_FAILED if QEMU goes away before */
  nextEvent(name: string): Promise<void> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const unsubscribe = this.onEvent(event => {
        if (event !== name) return;
        unsubscribe();
        this.pending.delete(id);
        resolve();
      });
      this.pending.set(id, { command: name, resolve: () => undefined, reject });
    });
  }

  /** Rejects everything that waits and everything that comes. */
  fail(error: LittlefirstError): void {
    this.failure ??= error;
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(message: QmpMessage): void {
    if (message.event !== undefined) {
      for (const listener of this.eventListeners) listener(message.event);
      return;
    }
    const pending = message.id === undefined ? undefined : this.pending.get(message.id);
    if (pending === undefined || message.id === undefined) return;
    this.pending.delete(message.id);
    if (message.error === undefined) {
      pending.resolve(message.return);
      return;
    }
    pending.reject(
      new LittlefirstError('LF_EMULATOR_FAILED', `QEMU refused "${pending.command}"`, {
        received: message.error.desc,
      }),
    );
  }
}
