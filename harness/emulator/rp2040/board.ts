import { type Logger, type Peripheral, RP2040 } from 'rp2040js';
import type { MachineOptions, MemorySegment, UartByte } from '../../machine/machine.js';
import { VirtualClock } from './clock.js';
import { PowerControl } from './power.js';
import { CoreRegulator } from './registers.js';
import { SysTick } from './systick.js';
import { ThumbTranslator } from './thumb/translator.js';
import { Pl011 } from './uart.js';

const flashBase = 0x10000000;
const ramBase = 0x20000000;
/** Where the second-stage boot loader jumps: behind its own 256 bytes. */
const vectorTable = flashBase + 0x100;
/** Pins 2 and 3 are the marker lines (firmware/ports/rp2040/board.c). */
const firstMarkerPin = 2;
const timestampPin = 4;
const watchdogControl = 0x0;
const watchdogReason = 0x8;
const watchdogScratch0 = 0xc;
/** REASON of the watchdog: its timer ran out, or its trigger bit was set. */
const timerReason = 1;
const forceReason = 2;
const strapPin = 5;
/**
 * Cycles of exception entry and return beyond the instructions themselves. Entry: Cortex-M0+ TRM, interrupt latency 15 cycles. The TRM has no
 * figure for the return; with the two cycles of its branch this makes the 13 that the timing plugin takes too.
 */
const exceptionEntryCycles = 15;
const exceptionReturnCycles = 11;
/** System clock before the firmware sets one up: ring oscillator. */
const resetHertz = 6_500_000;
/** Core voltage after power and RUN (RP2040 datasheet 2.10.6: VSEL 0b1011). */
const startMillivolts = 1100;

/** What the supply current depends on; numbers as in `PowerEvent`. */
export interface BoardEvents {
  marker(value: number): void;
  /** Only where the time-stamp line is wired to the meter. */
  logic?(value: number): void;
  level(value: number): void;
  /** @param value 1: the system clock is the crystal's, no PLL's */
  clock?(value: number): void;
  /** The core regulator was set. */
  volts?(millivolts: number): void;
  /** @param depth one of `sleepDepths` */
  sleep(depth: number): void;
  wake(): void;
  reset(): void;
  /** As `reset`, and time and cycles are 0 again. */
  begin?(): void;
  /** A byte was on the line of a 'paced' UART. */
  uart?(byte: UartByte): void;
}

/** Something that silicon would answer with a HardFault, or a breakpoint. */
export class FirmwareFault extends Error {
  constructor(
    message: string,
    readonly programCounter: number,
  ) {
    super(message);
  }
}

class RestartRequest extends Error {
  /** @param reason what the watchdog's REASON register says afterwards */
  constructor(readonly reason: number) {
    super();
  }
}

/** rp2040js's chip, whose reset clears 16 MB of flash: here flash is the translator's, and keeps its content. */
class Chip extends RP2040 {
  override reset(): void {
    this.core.reset();
    this.pwm.reset();
  }
}

/** Why `run` returned. */
export type RunOutcome = 'budget' | 'idle';

/**
 * A Raspberry Pi Pico around rp2040js: core, clock tree, timer and GPIO are the library's; time, SysTick, UART, regulator, sleep and
 * exception costs are ours (README.md says why).
 */
export class Rp2040Board {
  readonly clock = new VirtualClock();
  /** Holds flash, RAM and registers, shared by all chips that resets build. */
  readonly #translator = new ThumbTranslator();
  readonly #isTimestampWired: boolean;
  readonly #isStrapped: boolean;
  readonly #bearsUndervoltage: boolean;
  readonly #line: { paced: boolean; turnaroundNs: number };
  readonly #events: BoardEvents;
  readonly #onByte: (byte: number) => void;
  #chip!: RP2040;
  #uart!: Pl011;
  #regulator!: CoreRegulator;
  #marker = 0;
  #power!: PowerControl;
  #timestamp = 0;
  #asleep = false;
  #depth = 0;
  #stopAt = 0;

  /**
   * @param how.translates false: every instruction by the interpreter, for comparison
   * @param how.attach called for every chip that a reset builds, to wire what else is on the board
   */
  constructor(
    options: MachineOptions,
    events: BoardEvents,
    onByte: (byte: number) => void,
    private readonly how: { translates: boolean; attach?: (chip: RP2040) => void } = { translates: true },
  ) {
    this.#isTimestampWired = options.logic === 'timestamp';
    this.#isStrapped = options.energyStrap ?? false;
    this.#bearsUndervoltage = options.bearsUndervoltage ?? false;
    this.#line = { paced: options.uart === 'paced', turnaroundNs: options.hostTurnaroundNs ?? 0 };
    this.#translator.flash.fill(0xff);
    this.#events = events;
    this.#onByte = onByte;
    this.clock.onEarlier = () => {
      this.#stopAt = 0;
    };
    this.#build(0, 0);
  }

  get cycles(): number {
    return this.#chip.core.cycles;
  }

  feed(bytes: Uint8Array): void {
    this.#uart.feed(bytes);
  }

  /** Writes flash or RAM. Throws a RangeError outside both. */
  load({ address, data }: MemorySegment): void {
    const memory = this.#memory(address, data.length);
    /* The same image once more, as each power-cycle of a bench flashes it, leaves what is translated valid. */
    if (Buffer.compare(memory, data) === 0) return;
    memory.set(data);
    if (address < ramBase) this.#translator.forget();
  }

  read(address: number, length: number): Uint8Array {
    return this.#memory(address, length).slice();
  }

  /** R0 to R12, SP, LR, PC and xPSR, as GDB orders them. */
  registers(): Uint8Array {
    const { core } = this.#chip;
    const words = Uint32Array.of(...core.registers.subarray(0, 16), core.xPSR);
    return new Uint8Array(words.buffer);
  }

  /** @param values as `registers` gives them; xPSR is left as it is */
  setRegisters(values: Uint8Array): void {
    const view = new DataView(values.buffer, values.byteOffset, values.length);
    const { core } = this.#chip;
    for (let index = 0; index < 16; index++) core.registers[index] = view.getUint32(4 * index, true);
    core.PC &= ~1;
  }

  #memory(address: number, length: number): Uint8Array {
    const { flash, ram } = this.#translator;
    const [memory, base] = address < ramBase ? [flash, flashBase] : [ram, ramBase];
    const offset = address - base;
    if (offset < 0 || offset + length > memory.length) {
      throw new RangeError(`0x${address.toString(16)} + ${length} is neither flash nor RAM`);
    }
    return memory.subarray(offset, offset + length);
  }

  /** Starts from the reset vector; RAM keeps its content unless `cold`. */
  reset(cold = false, reason = 0): void {
    if (cold) this.#translator.ram.fill(0);
    this.#start(this.cycles, reason, () => this.#events.reset());
  }

  /** Starts as if the board had just been made, at time 0; flash keeps its content. */
  begin(): void {
    this.#translator.ram.fill(0);
    this.#translator.registers.fill(0);
    this.clock.restart();
    this.#start(0, 0, () => this.#events.begin?.());
  }

  #start(cycles: number, reason: number, tell: () => void): void {
    this.#build(cycles, reason);
    const { core } = this.#chip;
    core.VTOR = vectorTable;
    core.SP = this.#chip.readUint32(vectorTable);
    core.PC = this.#chip.readUint32(vectorTable + 4) & ~1;
    this.#asleep = false;
    this.#timestamp = 0;
    tell();
    if (reason !== 0 && this.#regulator.millivolts !== startMillivolts)
      this.#events.volts?.(this.#regulator.millivolts);
    this.#showMarker(0);
  }

  /**
   * Runs up to `budget` cycles.
   * @param untilNs virtual time beyond which the core does not sleep
   * @returns 'idle' when the core sleeps and nothing but a byte from outside can wake it, or nothing does before `untilNs`
   * @throws FirmwareFault
   */
  run(budget: number, untilNs = Number.POSITIVE_INFINITY): RunOutcome {
    try {
      return this.#run(this.cycles + budget, untilNs);
    } catch (error) {
      if (error instanceof RestartRequest) {
        if (!this.#power.isRingOn)
          throw this.#fault('a restart with the ring oscillator off, which the chip starts from');
        this.reset(false, error.reason);
        return 'budget';
      }
      if (error instanceof FirmwareFault) throw error;
      throw new FirmwareFault(error instanceof Error ? error.message : String(error), this.#chip.core.PC);
    }
  }

  /** Tells the present state again: nothing changed up to now. */
  heartbeat(): void {
    if (this.#asleep) this.#events.sleep(this.#depth);
    else this.#events.marker(this.#marker);
  }

  #run(endCycles: number, untilNs: number): RunOutcome {
    const { core } = this.#chip;
    const { clock } = this;
    for (;;) {
      if (core.waiting && !this.#wakes()) {
        if (clock.firstAlarmNs > untilNs) {
          if (untilNs !== Number.POSITIVE_INFINITY) clock.sleepTo(untilNs);
          return 'idle';
        }
        if (!clock.hasAlarm) return 'idle';
        clock.sleepToFirstAlarm();
        clock.fireDue();
        continue;
      }
      if (core.cycles >= endCycles) return 'budget';
      this.#stopAt = Math.min(clock.firstAlarmCycles, endCycles);
      this.#execute();
      if (core.waiting) this.#fellAsleep();
      clock.fireDue();
    }
  }

  /** Runs until `#stopAt` or WFI: translated code where there is some, else instruction by instruction. */
  #execute(): void {
    const { core } = this.#chip;
    const translator = this.#translator;
    let arrived = true;
    while (core.cycles < this.#stopAt && !core.waiting) {
      const interprets = core.interruptsUpdated || !this.how.translates;
      const spent: number = interprets ? 0 : translator.run(core, this.#stopAt - core.cycles, arrived);
      core.cycles += spent;
      arrived = spent > 0 ? core.cycles < this.#stopAt : this.#step();
    }
  }

  /**
   * One instruction by the interpreter, which forgets LR and PC in the lists of PUSH and POP (Cortex-M0+ TRM, table 3-1: 1 + N, 3 + N).
   * @returns whether it jumped
   */
  #step(): boolean {
    const { core } = this.#chip;
    const exception = core.interruptsUpdated;
    const address = core.PC;
    const opcode = exception ? 0 : this.#chip.readUint16(address & ~1);
    core.executeInstruction();
    if ((opcode & 0xf700) === 0xb500) core.cycles += 1;
    return exception || (core.PC - address) >>> 0 > 4;
  }

  #fellAsleep(): void {
    if (this.#asleep) return;
    this.#asleep = true;
    this.#depth = this.#power.fallAsleep();
    this.#events.sleep(this.#depth);
  }

  /** A pending enabled interrupt ends WFI whatever PRIMASK says (Armv6-M ARM, WFI). */
  #wakes(): boolean {
    const { core } = this.#chip;
    const pending = (core.pendingInterrupts & core.enabledInterrupts) !== 0 || core.pendingSystick;
    if (!pending) return false;
    core.waiting = false;
    core.interruptsUpdated = true;
    if (this.#asleep) {
      this.#asleep = false;
      this.#power.wake();
      this.#events.wake();
    }
    return true;
  }

  #build(cycles: number, reason: number): void {
    const chip = new Chip(this.clock);
    this.#chip = chip;
    chip.core.cycles = cycles;
    this.clock.attach(chip.core);
    this.clock.setFrequency(resetHertz);
    const { flash, ram, registers } = this.#translator;
    Object.assign(chip, {
      flash,
      flash16: new Uint16Array(flash.buffer, flash.byteOffset, flash.length / 2),
      flashView: new DataView(flash.buffer, flash.byteOffset, flash.length),
      sram: ram,
      sramView: new DataView(ram.buffer, ram.byteOffset, ram.length),
    });
    Object.assign(chip.core, { registers });
    /* The watchdog leaves the core voltage as it is. */
    if (reason === 0)
      this.#regulator = new CoreRegulator(this.clock, millivolts => {
        this.#power.voltageChanges();
        /* A stop lowers the voltage with the ring oscillator off: the depth of sleep tells of that. */
        if (this.#power.isRingOn) this.#events.volts?.(millivolts);
      });
    const regulator = this.#regulator;
    const power = new PowerControl(
      chip,
      this.clock,
      regulator,
      isCrystal => this.#events.clock?.(isCrystal ? 1 : 0),
      this.#bearsUndervoltage,
    );
    this.#power = power;
    this.#uart = new Pl011(
      chip,
      this.clock,
      this.#line,
      this.#onByte,
      byte => this.#events.uart?.(byte),
      () => power.isUartClocked,
    );
    chip.peripherals[0x40034] = this.#uart;
    chip.peripherals[0x40064] = regulator;
    const systick = new SysTick(chip, this.clock);
    chip.addClockListener(hertz => {
      this.clock.setFrequency(hertz);
      systick.clockChanged();
    });
    chip.gpio[strapPin].setInputValue(!this.#isStrapped);
    chip.logger = this.#faultLogger();
    chip.onBreak = code => {
      throw this.#fault(`breakpoint or undefined instruction ${code}`);
    };
    this.#hookCore();
    this.#hookMarkers();
    this.#hookWatchdog(reason);
    this.how.attach?.(chip);
  }

  #fault(message: string): FirmwareFault {
    return new FirmwareFault(message, (this.#chip.core.PC - 2) >>> 0);
  }

  /** rp2040js only warns where silicon faults or where it does not model a register: both end the run. */
  #faultLogger(): Logger {
    const fail = (component: string, message: string): never => {
      throw this.#fault(`${component}: ${message}`);
    };
    return { debug: () => {}, info: () => {}, warn: fail, error: fail };
  }

  #hookCore(): void {
    const { core } = this.#chip;
    const entry = core.exceptionEntry.bind(core);
    const leave = core.exceptionReturn.bind(core);
    core.exceptionEntry = number => {
      if (number === 3) throw this.#fault('HardFault');
      entry(number);
      core.cycles += exceptionEntryCycles;
    };
    core.exceptionReturn = value => {
      leave(value);
      core.cycles += exceptionReturnCycles;
    };
    core.setInterrupt = (irq, value) => {
      const bit = 1 << irq;
      if (!value) {
        core.pendingInterrupts &= ~bit;
      } else {
        core.pendingInterrupts |= bit;
        core.interruptsUpdated = true;
      }
    };
  }

  #hookMarkers(): void {
    const { sio } = this.#chip;
    const write = sio.writeUint32.bind(sio);
    sio.writeUint32 = (offset, value) => {
      write(offset, value);
      const marker = (sio.gpioValue >> firstMarkerPin) & 3;
      if (marker !== this.#marker) this.#showMarker(marker);
      if (!this.#isTimestampWired) return;
      const timestamp = (sio.gpioValue >> timestampPin) & 1;
      if (timestamp !== this.#timestamp) this.#events.logic?.(timestamp);
      this.#timestamp = timestamp;
    };
  }

  #showMarker(marker: number): void {
    this.#marker = marker;
    this.#events.marker(marker);
  }

  /** The firmware leaves the level's number in SCRATCH0; the trigger bit and the timer's end restart the chip. */
  #hookWatchdog(reason: number): void {
    const watchdog = this.#chip.peripherals[0x40058] as Peripheral & { onWatchdogTrigger: () => void };
    watchdog.onWatchdogTrigger = () => {
      throw new RestartRequest(timerReason);
    };
    const read = watchdog.readUint32.bind(watchdog);
    watchdog.readUint32 = offset => (offset === watchdogReason ? reason : read(offset));
    const write = watchdog.writeUint32.bind(watchdog);
    watchdog.writeUint32 = (offset, value) => {
      if (offset === watchdogControl && value >>> 31 === 1) throw new RestartRequest(forceReason);
      write(offset, value);
      if (offset === watchdogScratch0) this.#events.level(value & 0xff);
    };
  }
}
