import type { Peripheral, RP2040 } from 'rp2040js';
import type { VirtualClock } from './clock.js';
import { type CoreRegulator, fastestHertz, RegisterBlock } from './registers.js';

/* Registers and bits: RP2040 datasheet, chapter 2. */
const clkSysControl = 0x3c;
const clkSysSource = 1;
const enables = { first: 0xa0, wake: 0xa0, sleep: 0xa8, enabled: 0xb0, last: 0xb4 } as const;
const allClocks = [0xffffffff, 0x7fff] as const;
const timerClocks = (1 << 5) | (1 << 12);
const uartClocks = 3 << 6;
const systemControl = 0xd10;
const sleepDeep = 1 << 2;
const pll = { status: 0x0, power: 0x4, lock: 1 << 31, powerDown: 0x21 } as const;
const memoryPowerDown = 0x18;
const usbMemory = 1 << 6;
const lowestVsel = 5;
/** Time from power to lock: not published for this PLL; 500 to 600 periods of its 12 MHz reference are assumed. */
const pllLockNs = 50_000;

/** Depths of sleep, in the order of a chip profile's `sleep.states` behind plain WFI: values of `sleep` events. */
export const sleepDepths = { wfi: 0, gated: 1, crystal: 2, lowered: 3 } as const;

/** ROSC (2.17): on after reset; nothing here runs from it once the crystal does. */
class RingOscillator extends RegisterBlock {
  isOn = true;
  #control = 0xaa0;

  override readUint32(offset: number): number {
    return offset === 0x18 ? (this.isOn ? 2 ** 31 : 0) : this.#control;
  }

  override writeUint32(offset: number, value: number): void {
    if (offset !== 0x0) throw new Error(`ROSC has no modelled register at offset 0x${offset.toString(16)}`);
    this.#control = value & 0xffffff;
    this.isOn = value >>> 12 !== 0xd1e;
  }
}

/** Lock and power of one PLL: rp2040js's is always on and locked. */
class PllPower {
  isOn = false;
  #lockedFromNs = 0;

  constructor(
    block: Peripheral,
    private readonly clock: VirtualClock,
    onDown: () => void,
  ) {
    const read = block.readUint32.bind(block);
    const write = block.writeUint32.bind(block);
    block.readUint32 = offset => {
      const value = read(offset);
      return offset === pll.status && !this.isLocked ? value & ~pll.lock : value;
    };
    block.writeUint32 = (offset, value) => {
      if (offset === pll.power) {
        const on = (value & pll.powerDown) === 0;
        if (on && !this.isOn) this.#lockedFromNs = clock.nanos + pllLockNs;
        if (!on && this.isOn) onDown();
        this.isOn = on;
      }
      write(offset, value);
    };
  }

  get isLocked(): boolean {
    return this.isOn && this.clock.nanos >= this.#lockedFromNs;
  }
}

interface Timer extends Peripheral {
  clock: { nanos: number };
  alarms: { armed: boolean; targetMicros: number; clockAlarm: { schedule(deltaNanos: number): void } }[];
  fireAlarm(index: number): void;
}

/**
 * What of the chip is powered and clocked, which rp2040js leaves out: PLLs that need time to lock, the ring oscillator, the clock gates of deep
 * sleep, memories that can be switched off. A timer without clock stands still, and a UART without clock hears nothing; a system clock from a PLL
 * that is off, before the core voltage has risen, or too fast for it, ends the run.
 */
export class PowerControl {
  readonly #chip: RP2040;
  readonly #clock: VirtualClock;
  readonly #regulator: CoreRegulator;
  readonly #ring = new RingOscillator();
  readonly #system: PllPower;
  readonly #usb: PllPower;
  readonly #wakeEnables: number[] = [...allClocks];
  readonly #sleepEnables: number[] = [...allClocks];
  #systemControl = 0;
  #isAsleep = false;
  /** How long the timer stood still, and since when it does, nanoseconds. */
  #stoodNs = 0;
  #standsFromNs: number | undefined;

  /**
   * @param onCrystal told whether the system clock is the crystal's, or a PLL's
   * @param bearsUndervoltage a clock too fast for the core voltage is let pass
   */
  constructor(
    chip: RP2040,
    clock: VirtualClock,
    regulator: CoreRegulator,
    private readonly onCrystal: (isCrystal: boolean) => void,
    private readonly bearsUndervoltage: boolean,
  ) {
    this.#chip = chip;
    this.#clock = clock;
    this.#regulator = regulator;
    this.#system = new PllPower(chip.pllSys, clock, () => {
      if (this.#runsFromPll) throw new Error('the PLL that feeds the system clock was switched off');
    });
    this.#usb = new PllPower(chip.pllUsb, clock, () => {});
    chip.peripherals[0x40060] = this.#ring;
    this.#hookClocks();
    this.#hookSystemControl();
    this.#hookMemories();
    this.#hookTimer();
  }

  /** Whether the UART's line clock and bus clock run now. */
  get isUartClocked(): boolean {
    return this.#isClocked(uartClocks) && this.#chip.clocks.periFreq > 0 && this.#lineSourceRuns;
  }

  get isRingOn(): boolean {
    return this.#ring.isOn;
  }

  /** The core voltage was set to another one. @throws where the system clock is too fast for it */
  voltageChanges(): void {
    if (this.#runsFromPll) this.#checkSpeed();
  }

  #checkSpeed(): void {
    const { frequency } = this.#chip.pllSys;
    const { millivolts } = this.#regulator;
    if (!this.bearsUndervoltage && frequency > fastestHertz(millivolts))
      throw new Error(
        `a system clock of ${frequency / 1e6} MHz at a core voltage of ${millivolts / 1000} V (at most ${(fastestHertz(millivolts) / 1e6).toFixed(1)} MHz, assumed below 1.1 V)`,
      );
  }

  /** The core stops at WFI. @returns how deep the chip sleeps: one of `sleepDepths` */
  fallAsleep(): number {
    this.#isAsleep = true;
    if (!this.#isClocked(timerClocks)) this.#standsFromNs = this.#clock.nanos;
    return this.#depth;
  }

  wake(): void {
    this.#isAsleep = false;
    if (this.#standsFromNs === undefined) return;
    this.#stoodNs += this.#clock.nanos - this.#standsFromNs;
    this.#standsFromNs = undefined;
    const { alarms, clock } = this.#timer;
    for (const { armed, targetMicros, clockAlarm } of alarms)
      if (armed) clockAlarm.schedule(((targetMicros - clock.nanos / 1000) >>> 0) * 1000);
  }

  get #depth(): number {
    const [first, second] = this.#sleepEnables;
    const few = first === 0 && (second & ~(timerClocks | uartClocks)) === 0;
    if ((this.#systemControl & sleepDeep) === 0 || !few) return sleepDepths.wfi;
    if (this.#system.isOn || this.#usb.isOn || this.#ring.isOn) return sleepDepths.gated;
    return this.#regulator.vsel <= lowestVsel ? sleepDepths.lowered : sleepDepths.crystal;
  }

  /** Gates of the second enable register; core 1 waits in the boot ROM, in deep sleep. */
  #isClocked(gates: number): boolean {
    const isDeep = this.#isAsleep && (this.#systemControl & sleepDeep) !== 0;
    return ((isDeep ? this.#sleepEnables : this.#wakeEnables)[1] & gates) === gates;
  }

  get #runsFromPll(): boolean {
    return (this.#chip.clocks.readUint32(clkSysControl) & clkSysSource) !== 0;
  }

  /** AUXSRC of clk_peri: 1 PLL_SYS, 2 PLL_USB; clk_sys and the crystal always run here. */
  get #lineSourceRuns(): boolean {
    const source = (this.#chip.clocks.readUint32(0x48) >> 5) & 7;
    return source === 1 ? this.#system.isLocked : source === 2 ? this.#usb.isLocked : true;
  }

  #hookClocks(): void {
    const { clocks } = this.#chip;
    const read = clocks.readUint32.bind(clocks);
    const write = clocks.writeUint32.bind(clocks);
    clocks.readUint32 = offset => {
      if (offset < enables.first || offset > enables.last) return read(offset);
      const registers = offset < enables.sleep ? this.#wakeEnables : this.#sleepEnables;
      return offset >= enables.enabled
        ? this.#wakeEnables[(offset >> 2) & 1]
        : registers[(offset >> 2) & 1] >>> 0;
    };
    clocks.writeUint32 = (offset, value) => {
      if (offset >= enables.first && offset < enables.enabled) {
        const registers = offset < enables.sleep ? this.#wakeEnables : this.#sleepEnables;
        registers[(offset >> 2) & 1] = (value & allClocks[(offset >> 2) & 1]) >>> 0;
        return;
      }
      if (offset === clkSysControl) this.#selectSystem(value);
      write(offset, value);
    };
  }

  #selectSystem(value: number): void {
    const fromPll = (value & clkSysSource) !== 0;
    if (fromPll && ((value >> 5) & 7) === 0) {
      if (!this.#system.isLocked)
        throw new Error('the system clock was taken from a PLL that has not locked');
      if (!this.#regulator.isSettled)
        throw new Error('the system clock was raised before the core voltage had risen');
      this.#checkSpeed();
    }
    this.onCrystal(!fromPll);
  }

  #hookSystemControl(): void {
    const { ppb } = this.#chip;
    const read = ppb.readUint32.bind(ppb);
    const write = ppb.writeUint32.bind(ppb);
    ppb.readUint32 = offset => (offset === systemControl ? this.#systemControl : read(offset));
    ppb.writeUint32 = (offset, value) => {
      if (offset === systemControl) this.#systemControl = value & 0x16;
      else write(offset, value);
    };
  }

  #hookMemories(): void {
    const block = this.#chip.peripherals[0x40004];
    const read = block.readUint32.bind(block);
    const write = block.writeUint32.bind(block);
    let down = 0;
    block.readUint32 = offset => (offset === memoryPowerDown ? down : read(offset));
    block.writeUint32 = (offset, value) => {
      if (offset !== memoryPowerDown) {
        write(offset, value);
        return;
      }
      if ((value & ~usbMemory & 0xff) !== 0)
        throw new Error('a memory that the program needs was switched off');
      down = value & 0xff;
    };
  }

  get #timer(): Timer {
    return this.#chip.peripherals[0x40054] as Timer;
  }

  #hookTimer(): void {
    const timer = this.#timer;
    const nanos = () => (this.#standsFromNs ?? this.#clock.nanos) - this.#stoodNs;
    timer.clock = {
      get nanos() {
        return nanos();
      },
    };
    const fire = timer.fireAlarm.bind(timer);
    timer.fireAlarm = index => {
      if (this.#standsFromNs === undefined) fire(index);
    };
  }
}
