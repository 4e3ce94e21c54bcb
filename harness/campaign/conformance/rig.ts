import { attendedClock, pause } from '../../host/attended-clock.js';
import type { Machine, PowerEvent } from '../../machine/machine.js';
import { type Budgets, Deadline, type Phase } from '../../wire/dut/budgets.js';
import type { DutClient } from '../../wire/dut/client.js';
import { checkedText } from '../../wire/dut/replies.js';
import type { PreparedBench, PreparedBundle } from '../bench/prepare.js';
import type { OpenDut, OpenDutOptions } from '../open/dut.js';
import { createMachine } from '../open/machines.js';
import { openDut } from '../open/open.js';

/** Budgets of a check, milliseconds: a port that is wrong shall be told soon, and a hash of 256 KB at the lowest level still fits. */
export const checkBudgets: Partial<Budgets> = { sync: 8_000, name: 4_000, loop: 60_000, stream: 20_000 };

/** An emulated board from within. */
export interface EmulatedSide {
  machine: Machine;
  /** Everything since the last `forget`. */
  events: readonly PowerEvent[];
  forget(): void;
}

/** A board under check. */
export class Rig {
  private constructor(
    readonly prepared: PreparedBench,
    readonly dut: OpenDut,
    readonly emulated: EmulatedSide | undefined,
  ) {}

  /** @throws as `openDut` */
  static async open(prepared: PreparedBench, options: OpenDutOptions = {}): Promise<Rig> {
    let emulated: EmulatedSide | undefined;
    const dut = await openDut(prepared, {
      budgets: checkBudgets,
      ...options,
      createMachine: async (board, machineOptions) => {
        const made = await createMachine(board, machineOptions);
        const events: PowerEvent[] = [];
        made.machine.onPower(batch => events.push(...batch));
        emulated = { machine: made.machine, events, forget: () => events.splice(0) };
        return made;
      },
    });
    return new Rig(prepared, dut, emulated);
  }

  get client(): DutClient {
    return this.dut.client;
  }

  get bundle(): PreparedBundle {
    return this.prepared.bundles[0];
  }

  /** Index of the level in the blob's table -> its hertz. */
  hertz(level: number): number {
    return this.prepared.boardLevels[level].hertz.value;
  }

  deadline(phase: Phase): Deadline {
    return new Deadline(phase, checkBudgets[phase] ?? 4_000, this.dut.boardClock);
  }

  /** Sends bytes as they are; the answer is read by `line`. */
  send(bytes: Uint8Array | string): void {
    this.client.line.send(bytes);
  }

  /** The next line. @throws LF_DUT_TIMEOUT */
  line(phase: Phase = 'name'): Promise<string> {
    return this.client.line.next(this.deadline(phase));
  }

  /** The next line that says something of its own CRC, without it. @throws LF_DUT_TIMEOUT */
  async checked(phase: Phase = 'stream'): Promise<string> {
    for (;;) {
      const text = checkedText(await this.line(phase));
      if (text !== undefined) return text;
    }
  }

  /** Lines up to the next `m-ready`. @throws LF_DUT_TIMEOUT */
  async untilReady(): Promise<string[]> {
    for (const lines: string[] = []; ; ) {
      const line = await this.line();
      if (line === 'm-ready') return lines;
      lines.push(line);
    }
  }

  /** A command and its answer. */
  ask(command: string): Promise<string[]> {
    this.send(`${command}%`);
    return this.untilReady();
  }

  /** Waits until an emulated board rests. */
  async settle(): Promise<void> {
    await this.dut.settle();
  }

  /** Puts the first windows into the RAM for `lf loop`. @returns how many */
  async loadWindows(most: number): Promise<number> {
    const count = Math.min(most, this.bundle.windows.count);
    for (let i = 0; i < count; i++) await this.client.loadSlot(i, this.bundle.windows.bytes(i));
    return count;
  }

  /** Whether time is the board's own: it stands still while the board waits. */
  get isVirtual(): boolean {
    return this.emulated?.machine.progress !== undefined;
  }

  /** How far an emulated board came, milliseconds. */
  boardTime(): number {
    return this.dut.boardClock?.() ?? 0;
  }

  /** Lets time pass on the line's far side while the board waits; not on boards whose time is virtual. */
  async wait(milliseconds: number): Promise<void> {
    const start = attendedClock.now();
    while (attendedClock.now() - start < milliseconds) await pause(milliseconds);
  }

  close(): Promise<void> {
    return this.dut.close();
  }
}
