import { Random } from '../../data/random.js';
import { boardFaults, type LineFault, type LineFaultKind, lastingFaults } from './schema.js';

export type Direction = LineFault['direction'];

/** Bytes of each direction that are remembered for a stale replay. */
const rememberedBytes = 65_536;

const isLasting = (kind: LineFaultKind): boolean => (lastingFaults as readonly string[]).includes(kind);
export const isBoardFault = (kind: LineFaultKind): boolean =>
  (boardFaults as readonly string[]).includes(kind);

/** One fault and how far it is from striking. */
class ArmedFault {
  private passed = 0;
  private struck = 0;
  /** It has struck and is not over. */
  isActive = false;

  constructor(
    readonly fault: LineFault,
    readonly random: Random,
  ) {}

  /** Counts bytes. @returns the place in them at which it strikes */
  count(direction: Direction, bytes: number): number | undefined {
    const { fault } = this;
    if (direction !== fault.direction || this.isActive || this.struck === fault.times) return undefined;
    const place = fault.at - this.passed;
    this.passed += bytes;
    if (place >= bytes) return undefined;
    this.struck += 1;
    this.passed = 0;
    this.isActive = isLasting(fault.kind);
    return Math.max(0, place);
  }
}

/** Bytes on their way through a line with faults: the same faults and seed give the same bytes for the same input. */
export class FaultyLine {
  private readonly armed: ArmedFault[];
  private readonly before: Record<Direction, Buffer> = {
    'to-dut': Buffer.alloc(0),
    'to-host': Buffer.alloc(0),
  };
  private readonly held: Record<Direction, Buffer[]> = { 'to-dut': [], 'to-host': [] };
  /** Bytes that the host still sends in vain while the cable is out. */
  private unplugged = 0;

  /** @param onStrike told of each fault as it strikes, before the bytes go on */
  constructor(
    faults: readonly LineFault[],
    seed: number,
    private readonly onStrike: (fault: LineFault) => void,
  ) {
    this.armed = faults.map((fault, i) => new ArmedFault(fault, new Random(seed, 0x6c696e65, i)));
  }

  /** What arrives of bytes that are sent. */
  pass(direction: Direction, sent: Buffer): Buffer {
    let bytes = this.throughCable(direction, sent);
    for (const armed of this.armed) {
      if (armed.isActive) bytes = this.last(armed, direction, bytes);
      const place = armed.count(direction, bytes.length);
      if (place === undefined) continue;
      const { fault } = armed;
      this.onStrike(fault);
      if (fault.kind === 'unplug' || fault.kind === 're-enumerate') this.unplugged = fault.bytes;
      if (armed.isActive) {
        const rest = this.last(armed, direction, bytes.subarray(place));
        bytes = Buffer.concat([bytes.subarray(0, place), rest]);
      } else if (!isBoardFault(fault.kind)) bytes = this.strike(armed, direction, bytes, place);
    }
    this.before[direction] = Buffer.concat([this.before[direction], sent]).subarray(-rememberedBytes);
    return bytes;
  }

  /** The board's power was cut: what lasts is over, what was on its way is lost. */
  powerCut(): void {
    for (const armed of this.armed) armed.isActive = false;
    this.held['to-dut'] = [];
    this.held['to-host'] = [];
  }

  private throughCable(direction: Direction, bytes: Buffer): Buffer {
    if (this.unplugged === 0) return Buffer.concat([bytes, ...this.held[direction].splice(0)]);
    if (direction === 'to-dut') this.unplugged = Math.max(0, this.unplugged - bytes.length);
    return Buffer.alloc(0);
  }

  /** One blow at `place`. */
  private strike({ fault, random }: ArmedFault, direction: Direction, bytes: Buffer, place: number): Buffer {
    const head = bytes.subarray(0, place);
    const hit = bytes.subarray(place, place + fault.bytes);
    const rest = bytes.subarray(place + fault.bytes);
    switch (fault.kind) {
      case 'drop':
        return Buffer.concat([head, rest]);
      case 'duplicate':
        return Buffer.concat([head, hit, hit, rest]);
      case 'corrupt':
        return Buffer.concat([head, Buffer.from(hit.map(byte => byte ^ (1 << random.integer(0, 7)))), rest]);
      case 'truncate':
        return head;
      case 'delay':
        this.held[direction].push(Buffer.from(bytes.subarray(place)));
        return head;
      case 'reorder':
        return Buffer.concat([head, rest, hit]);
      default: {
        const old = this.before[direction];
        const from = random.integer(0, Math.max(0, old.length - fault.bytes));
        return Buffer.concat([head, old.subarray(from, from + fault.bytes), rest]);
      }
    }
  }

  /** A state that stays. */
  private last({ fault, random }: ArmedFault, direction: Direction, bytes: Buffer): Buffer {
    const isHit = direction === fault.direction;
    switch (fault.kind) {
      case 'deaf':
        return direction === 'to-dut' ? Buffer.alloc(0) : bytes;
      case 'mute':
        return direction === 'to-host' ? Buffer.alloc(0) : bytes;
      case 'stuck':
        return isHit ? Buffer.alloc(bytes.length) : bytes;
      case 'babble': {
        const noise = Buffer.from(Array.from({ length: fault.bytes }, () => random.integer(0, 255)));
        return isHit ? Buffer.concat([bytes, noise]) : bytes;
      }
      default:
        return bytes;
    }
  }
}
