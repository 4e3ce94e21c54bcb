import type { Peripheral } from 'rp2040js';

/** Base of the peripherals that rp2040js lacks: the RP2040's atomic aliases in front of plain reads and writes. */
export abstract class RegisterBlock implements Peripheral {
  abstract readUint32(offset: number): number;
  abstract writeUint32(offset: number, value: number): void;

  /** @param atomicType 0 plain, 1 xor, 2 set, 3 clear (RP2040 datasheet 2.1.2) */
  writeUint32Atomic(offset: number, value: number, atomicType: number): void {
    if (atomicType === 0) {
      this.writeUint32(offset, value);
      return;
    }
    const now = this.readUint32(offset);
    this.writeUint32(offset, atomicType === 1 ? now ^ value : atomicType === 2 ? now | value : now & ~value);
  }
}

const VREG = 0x0;
const BOD = 0x4;
const CHIP_RESET = 0x8;
const REGULATOR_OK = 1 << 12;

/** Until a higher core voltage is there: not published; the SDK waits 1 ms, which is taken to be ten times what it needs. */
const riseNs = 100_000;

/**
 * Highest system clock at a core voltage, hertz. From 1.15 V on and at 1.10 V: RP2040 datasheet. Below: assumed, half of it at 0.80 V and in
 * proportion between, as nothing is published; every level of the chip profile keeps it.
 */
export function fastestHertz(millivolts: number): number {
  if (millivolts >= 1150) return 200e6;
  return millivolts >= 1100 ? 133e6 : 133e6 * (0.5 + (0.5 * (millivolts - 800)) / 300);
}

/**
 * VREG_AND_CHIP_RESET (RP2040 datasheet 2.10.6): the core regulator, which needs time to rise, and the brown-out detector. Power and the RUN pin reset
 * it; whether the watchdog does (PSM.WDSEL has a bit for it) is not said, and here it does not: firmware must not rely on it.
 */
export class CoreRegulator extends RegisterBlock {
  #vreg = 0xb1;
  #brownout = 0x91;
  #settledFromNs = 0;

  /** @param onVoltage told the core voltage that VSEL sets, millivolts */
  constructor(
    private readonly clock: { readonly nanos: number },
    private readonly onVoltage: (millivolts: number) => void = () => {},
  ) {
    super();
  }

  /** VSEL: 5 and below 0.80 V, each step above 50 mV more. */
  get vsel(): number {
    return (this.#vreg >> 4) & 15;
  }

  /** What VSEL sets. */
  get millivolts(): number {
    return 800 + 50 * Math.max(0, this.vsel - 5);
  }

  get isSettled(): boolean {
    return this.clock.nanos >= this.#settledFromNs;
  }

  override readUint32(offset: number): number {
    switch (offset) {
      case VREG:
        return this.#vreg | (this.isSettled ? REGULATOR_OK : 0);
      case BOD:
        return this.#brownout;
      default:
        return 0;
    }
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === VREG) {
      const before = this.vsel;
      this.#vreg = value & 0xf3;
      if (this.vsel > before) this.#settledFromNs = this.clock.nanos + riseNs;
      if (this.vsel !== before) this.onVoltage(this.millivolts);
    } else if (offset === BOD) this.#brownout = value & 0xf1;
    else if (offset !== CHIP_RESET)
      throw new Error(`VREG has no register at offset 0x${offset.toString(16)}`);
  }
}
