import type { Duplex } from 'node:stream';
import { cobsDecode } from '../../wire/link/cobs.js';
import { crc16 } from '../../wire/link/crc16.js';
import { withCrc } from './lines.js';

/** What a fake DUT does wrong. Each hook sees real bytes or lines and may change, drop or multiply them. */
export interface FakeFaults {
  /** Lines on their way to the host, without CR LF; default: as they are. */
  line?: (line: string) => string[];
  /** Bytes from the host before they are parsed. */
  bytes?: (chunk: Buffer) => Buffer;
  /** Never says anything. */
  silent?: boolean;
}

export interface FakeDutOptions {
  credits?: number;
  windowBytes?: number;
  faults?: FakeFaults;
  /** Label of a window; default: its first byte. */
  label?: (payload: Uint8Array) => number;
}

/** A peer that speaks `firmware/PROTOCOL.md` over a byte stream, for tests of the client. */
export class FakeDut {
  /** Commands as they arrived. */
  readonly commands: string[] = [];
  readonly credits: number;
  readonly windowBytes: number;
  private input = Buffer.alloc(0);
  private mode: 'command' | 'stream' | 'load' = 'command';
  private quiet = false;
  private expected = 0;
  private answered = 0;
  private discarding = false;
  private emptyFrames = 0;
  private held: Uint8Array[] = [];
  private slot = 0;
  private faults: FakeFaults | undefined;
  private tailBytes = 0;
  private before = new Uint8Array(0);

  constructor(
    private readonly stream: Duplex,
    private readonly options: FakeDutOptions = {},
  ) {
    this.faults = options.faults;
    this.credits = options.credits ?? 4;
    this.windowBytes = options.windowBytes ?? 8;
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('error', () => stream.destroy());
  }

  /** From now on does these things wrong. */
  disturb(faults: FakeFaults): void {
    this.faults = faults;
  }

  /** The boot banner. */
  boot(): void {
    for (const line of ['m-timestamp-mode-performance', 'm-lap-us-0', 'm-init-done', 'm-ready'])
      this.say(line);
  }

  /** A line with its CRC. */
  sayChecked(text: string): void {
    this.say(withCrc(`${text} `));
  }

  /** From now on every byte that comes goes back as well. */
  echo(): void {
    this.stream.on('data', (chunk: Buffer) => this.stream.write(chunk));
  }

  /** Breaks the connection. */
  hangUp(): void {
    this.stream.destroy();
  }

  say(line: string): void {
    const { faults } = this;
    if (faults?.silent) return;
    for (const sent of faults?.line?.(line) ?? [line]) this.stream.write(`${sent}\r\n`, 'latin1');
  }

  private receive(chunk: Buffer): void {
    this.input = Buffer.concat([this.input, this.faults?.bytes?.(chunk) ?? chunk]);
    for (;;) {
      const end = this.input.indexOf(this.mode === 'command' ? '%' : '\0');
      if (end < 0) return;
      const piece = this.input.subarray(0, end);
      this.input = this.input.subarray(end + 1);
      if (this.mode === 'command') this.command(piece.toString('latin1').replace(/^[\r\n]+/, ''));
      else this.frame(piece);
    }
  }

  private command(text: string): void {
    this.commands.push(text);
    const [first, verb, ...rest] = text.split(' ');
    if (text === 'name') this.say('m-name-dut-[fake]');
    else if (first !== 'lf' || !this.extension(verb, rest)) this.say(`e-[Unknown command: ${text}]`);
    if (this.mode === 'command') this.say('m-ready');
  }

  private extension(verb: string, words: string[]): boolean {
    const [a, b] = words;
    const id = `board=fake image=1111222233334444 blob=5555666677778888 bundle=test flash=1024 ram=512 dtype=int8`;
    const shape = `channels=1 samples=${this.windowBytes} bytes=${this.windowBytes} strategies=big-only,1B6S cyclecounter=1`;
    if (verb === 'id') this.sayChecked(`m-lf-id nonce=${a} protocol=1 ${id} ${shape}`);
    else if (verb === 'levels') {
      this.sayChecked('m-lf-levels count=2');
      this.sayChecked('m-lf-leveldef n=0 name=fast mv=1100 hz=133000000');
      this.sayChecked('m-lf-leveldef n=1 name=slow mv=900 hz=64000000');
    } else if (verb === 'level') {
      if (Number(a) > 1) this.sayChecked('e-[lf,range,no such level]');
      else
        this.sayChecked(
          `m-lf-level n=${a} mv=${a === '0' ? 1100 : 900} hz=${a === '0' ? 133e6 : 64e6} reg=b0:3`,
        );
    } else if (verb === 'strategy') this.sayChecked(`m-lf-strategy name=${a} parameter=${b ?? '-'}`);
    else if (verb === 'reset') this.sayChecked('m-lf-reset');
    else if (verb === 'guard') this.sayChecked(`m-lf-guard us=${a}`);
    else if (verb === 'loop')
      this.sayChecked(`m-lf-loop n=${a} labels=CBF43926 cycles=1000 gateruns=2 bigruns=1 us=2500`);
    else if (verb === 'load') this.enterLoad(Number(a));
    else if (verb === 'stream') this.enterStream(a === 'quiet', /\btail (\d+)$/.exec(words.join(' '))?.[1]);
    else return false;
    return true;
  }

  private enterLoad(slot: number): void {
    this.mode = 'load';
    this.slot = slot;
    this.expected = 0;
    this.sayChecked(`m-lf-load slot=${slot} credits=1`);
  }

  private enterStream(quiet: boolean, tail: string | undefined): void {
    this.tailBytes = Number(tail ?? 0);
    this.before = new Uint8Array(0);
    Object.assign(this, {
      mode: 'stream',
      quiet,
      expected: 0,
      answered: 0,
      discarding: false,
      emptyFrames: 0,
    });
    this.held = [];
    const announced = this.tailBytes > 0 ? ` tail=${this.tailBytes}` : '';
    this.sayChecked(`m-lf-stream credits=${this.credits} bytes=${this.windowBytes}${announced}`);
  }

  private frame(encoded: Buffer): void {
    if (encoded.length === 0) {
      this.emptyFrames += 1;
      if (this.emptyFrames === 2) this.leaveStream();
      return;
    }
    this.emptyFrames = 0;
    const plain = new Uint8Array(this.windowBytes + 4);
    const length = cobsDecode(encoded, plain);
    const crc = plain[length - 2] | (plain[length - 1] << 8);
    const isTail = this.tailBytes > 0 && length === this.tailBytes + 4 && this.before.length > 0;
    if (length !== 4 && length !== plain.length && !isTail) this.nak('length');
    else if (crc16(plain, 0, length - 2) !== crc) this.nak('crc');
    else this.take(plain[0] | (plain[1] << 8), plain.slice(2, length - 2));
  }

  private take(sequence: number, payload: Uint8Array): void {
    if (this.mode === 'load') {
      this.mode = 'command';
      this.sayChecked(`m-lf-loaded slot=${this.slot}`);
      this.say('m-ready');
      return;
    }
    const ahead = (sequence - this.expected) & 0xffff;
    if (ahead !== 0) {
      if (ahead < 0x8000 && !this.discarding) this.nak('sequence');
      return;
    }
    this.discarding = false;
    if (payload.length > 0 && this.held.length === this.credits) {
      this.nak('credit');
      return;
    }
    if (payload.length > 0) {
      this.expected = (this.expected + 1) & 0xffff;
      const kept = this.windowBytes - payload.length;
      this.before = Uint8Array.of(...this.before.subarray(this.before.length - kept), ...payload);
      this.held.push(this.before);
    }
    if (payload.length === 0 || !this.quiet || this.held.length === this.credits) this.compute();
  }

  private compute(): void {
    for (const payload of this.held.splice(0)) {
      const label = this.options.label?.(payload) ?? payload[0];
      this.sayChecked(
        `m-w ${this.answered & 0xffff} ${label} ${label % 2 ? 'b' : 'g'} 3 100 ${label % 2 ? 900 : 0} 10 ${this.credits}`,
      );
      this.answered += 1;
    }
  }

  private nak(reason: string): void {
    this.discarding = true;
    this.sayChecked(`e-[nak,${this.expected},${reason}]`);
  }

  private leaveStream(): void {
    this.compute();
    this.mode = 'command';
    this.sayChecked(`m-lf-streamed windows=${this.answered}`);
    this.say('m-ready');
  }
}
