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

/** VREG_AND_CHIP_RESET (RP2040 datasheet 2.10.6): the core regulator, always settled, and the brown-out detector. */
export class CoreRegulator extends RegisterBlock {
  #vreg = 0xb1;
  #brownout = 0x91;

  override readUint32(offset: number): number {
    switch (offset) {
      case VREG:
        return this.#vreg | REGULATOR_OK;
      case BOD:
        return this.#brownout;
      default:
        return 0;
    }
  }

  override writeUint32(offset: number, value: number): void {
    if (offset === VREG) this.#vreg = value & 0xf3;
    else if (offset === BOD) this.#brownout = value & 0xf1;
    else if (offset !== CHIP_RESET)
      throw new Error(`VREG has no register at offset 0x${offset.toString(16)}`);
  }
}
