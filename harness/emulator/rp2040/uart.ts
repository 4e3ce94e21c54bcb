import { FIFO, type RP2040 } from 'rp2040js';
import type { UartByte } from '../../machine/machine.js';
import type { VirtualClock } from './clock.js';
import { RegisterBlock } from './registers.js';

/* Registers and bits: Arm PrimeCell UART (PL011) technical reference manual, DDI 0183. */
const DR = 0x00;
const FR = 0x18;
const IBRD = 0x24;
const FBRD = 0x28;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const FR_BUSY = 1 << 3;
const FR_RXFE = 1 << 4;
const FR_TXFF = 1 << 5;
const FR_RXFF = 1 << 6;
const FR_TXFE = 1 << 7;
const INT_RX = 1 << 4;
const INT_TX = 1 << 5;
const INT_RT = 1 << 6;
const INT_OE = 1 << 10;
const CR_UARTEN = 1;
const fifoDepth = 32;
const fifoLevels = [4, 8, 16, 24, 28];
const bitsPerByte = 10;
const timeoutBits = 32;
const interruptNumber = 20;
/** In mode 'fast' the FIFO is filled anew this long after it ran empty, so that the program gets on between. */
const fastRefillNs = 2000;

/**
 * A PL011 with FIFOs, levels and time-out, in virtual time. 'paced': a byte takes ten bit times each way at the baud rate that the
 * firmware programmed, and a full receive FIFO loses bytes as on the chip. 'fast': the receive FIFO is filled whenever it is
 * empty and sending takes no time.
 */
export class Pl011 extends RegisterBlock {
  readonly #chip: RP2040;
  readonly #paced: boolean;
  readonly #clock: VirtualClock;
  readonly #turnaroundNs: number;
  readonly #receiveAlarm;
  readonly #timeoutAlarm;
  readonly #transmitAlarm;
  readonly #received = new FIFO(fifoDepth);
  readonly #sending = new FIFO(fifoDepth);
  /** Chunks towards the chip, each with the virtual time before which it is not on the line. */
  #pending: { bytes: Uint8Array; fromNs: number }[] = [];
  #pendingAt = 0;
  #receiving = false;
  #shifting = -1;
  #status = 0;
  #mask = 0;
  #levels = 0x12;
  #control = 0x300;
  #lineControl = 0;
  #integerDivisor = 0;
  #fractionalDivisor = 0;

  /**
   * @param line.turnaroundNs see `MachineOptions.hostTurnaroundNs`
   * @param onByte takes a byte when it has left the line
   * @param onLine told of every byte that was on the line of a 'paced' UART
   * @param isClocked false: the UART stands still, and what comes is lost
   */
  constructor(
    chip: RP2040,
    clock: VirtualClock,
    line: { paced: boolean; turnaroundNs: number },
    private readonly onByte: (byte: number) => void,
    private readonly onLine?: (byte: UartByte) => void,
    private readonly isClocked: () => boolean = () => true,
  ) {
    super();
    this.#chip = chip;
    this.#clock = clock;
    this.#paced = line.paced;
    this.#turnaroundNs = line.paced ? line.turnaroundNs : 0;
    this.#receiveAlarm = clock.createAlarm(() => this.#receive());
    this.#timeoutAlarm = clock.createAlarm(() => this.#raise(INT_RT));
    this.#transmitAlarm = clock.createAlarm(() => this.#sent());
  }

  /** Puts bytes on the line towards the chip, after all earlier ones. */
  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pending.push({ bytes, fromNs: this.#clock.nanos + this.#turnaroundNs });
    this.#listen();
  }

  get #byteNs(): number {
    const divisor = this.#integerDivisor + this.#fractionalDivisor / 64;
    return (bitsPerByte * 16e9 * divisor) / this.#chip.clkPeri;
  }

  get #enabled(): boolean {
    return (this.#control & CR_UARTEN) !== 0 && this.#integerDivisor > 0;
  }

  /** Starts the reception of what is pending, if the receiver is on. */
  #listen(): void {
    if (this.#receiving || this.#pending.length === 0 || !this.#enabled) return;
    this.#receiving = true;
    const waitNs = Math.max(0, this.#pending[0].fromNs - this.#clock.nanos);
    this.#receiveAlarm.schedule(this.#paced ? waitNs + this.#byteNs : 0);
  }

  #nextPending(): number {
    const { bytes } = this.#pending[0];
    const byte = bytes[this.#pendingAt++];
    if (this.#pendingAt === bytes.length) {
      this.#pending.shift();
      this.#pendingAt = 0;
    }
    return byte;
  }

  #receive(): void {
    this.#receiving = false;
    if (this.#pending.length === 0) return;
    if (this.#paced) {
      const byte = this.#nextPending();
      this.#tell('to-dut');
      if (!this.isClocked()) {
        this.#listen();
        return;
      }
      if (this.#received.full) this.#raise(INT_OE);
      else this.#received.push(byte);
      this.#timeoutAlarm.schedule((this.#byteNs * timeoutBits) / bitsPerByte);
      this.#listen();
    } else if (!this.isClocked()) {
      this.#pending = [];
      this.#pendingAt = 0;
    } else {
      while (!this.#received.full && this.#pending.length > 0) this.#received.push(this.#nextPending());
      this.#raise(INT_RT);
    }
    if (this.#received.itemCount >= fifoLevels[(this.#levels >> 3) & 7]) this.#raise(INT_RX);
  }

  #raise(bits: number): void {
    this.#status |= bits;
    this.#interrupt();
  }

  #interrupt(): void {
    this.#chip.setInterrupt(interruptNumber, (this.#status & this.#mask) !== 0);
  }

  #readData(): number {
    if (this.#received.empty) return 0;
    const byte = this.#received.pull();
    if (this.#received.itemCount < fifoLevels[(this.#levels >> 3) & 7]) this.#status &= ~INT_RX;
    if (this.#received.empty) {
      this.#status &= ~INT_RT;
      this.#timeoutAlarm.cancel();
      if (!this.#paced && this.#pending.length > 0) {
        this.#receiving = true;
        this.#receiveAlarm.schedule(fastRefillNs);
      }
    }
    this.#interrupt();
    return byte;
  }

  #writeData(byte: number): void {
    if (!this.#paced) {
      this.onByte(byte);
      return;
    }
    if (this.#shifting < 0) {
      this.#shifting = byte;
      this.#transmitAlarm.schedule(this.#byteNs);
    } else if (!this.#sending.full) {
      this.#sending.push(byte);
    }
    if (this.#sending.itemCount > fifoLevels[this.#levels & 7]) this.#status &= ~INT_TX;
    this.#interrupt();
  }

  /** A byte ends on the line at this moment. */
  #tell(direction: UartByte['direction']): void {
    const { nanos } = this.#clock;
    this.onLine?.({ direction, fromNs: nanos - this.#byteNs, toNs: nanos });
  }

  #sent(): void {
    if (this.isClocked()) {
      this.#tell('to-host');
      this.onByte(this.#shifting);
    }
    this.#shifting = -1;
    if (this.#sending.empty) return;
    this.#shifting = this.#sending.pull();
    this.#transmitAlarm.schedule(this.#byteNs);
    if (this.#sending.itemCount === fifoLevels[this.#levels & 7]) this.#raise(INT_TX);
  }

  get #flags(): number {
    return (
      (this.#received.empty ? FR_RXFE : 0) |
      (this.#received.full ? FR_RXFF : 0) |
      (this.#sending.empty ? FR_TXFE : 0) |
      (this.#sending.full ? FR_TXFF : 0) |
      (this.#shifting >= 0 ? FR_BUSY : 0)
    );
  }

  override readUint32(offset: number): number {
    switch (offset) {
      case DR:
        return this.#readData();
      case FR:
        return this.#flags;
      case IBRD:
        return this.#integerDivisor;
      case FBRD:
        return this.#fractionalDivisor;
      case LCR_H:
        return this.#lineControl;
      case CR:
        return this.#control;
      case IFLS:
        return this.#levels;
      case IMSC:
        return this.#mask;
      case RIS:
        return this.#status;
      case MIS:
        return this.#status & this.#mask;
      default:
        throw new Error(`UART has no register at offset 0x${offset.toString(16)}`);
    }
  }

  override writeUint32(offset: number, value: number): void {
    switch (offset) {
      case DR:
        this.#writeData(value & 0xff);
        return;
      case IBRD:
        this.#integerDivisor = value & 0xffff;
        return;
      case FBRD:
        this.#fractionalDivisor = value & 0x3f;
        return;
      case LCR_H:
        this.#lineControl = value & 0xff;
        return;
      case CR:
        this.#control = value & 0xffff;
        this.#listen();
        return;
      case IFLS:
        this.#levels = value & 0x3f;
        return;
      case IMSC:
        this.#mask = value & 0x7ff;
        this.#interrupt();
        return;
      case ICR:
        this.#status &= ~value;
        this.#interrupt();
        return;
      default:
        throw new Error(`UART has no writable register at offset 0x${offset.toString(16)}`);
    }
  }
}
