import type { Duplex } from 'node:stream';
import { parseSvl, svlFrameBytes, svlPacket, svlProgramAddress } from '../../wire/flash/svl/packet.js';

/** What goes wrong on the way, or in the board. Frames count from 1, each try anew. */
export interface SvlPeerFaults {
  /** Says nothing at all. */
  isSilent?: boolean;
  /** Tries in which a frame comes with a flipped bit. */
  damages?: readonly number[];
  /** Tries of which the last byte is lost. */
  loses?: readonly number[];
  /** Every frame is refused. */
  refusesAll?: boolean;
  /** Requests that leave with a flipped bit; these count on over restarts. */
  damagesRequests?: readonly number[];
  /** Stops for ever after this many frames. */
  stopsAfter?: number;
  /** Ends that are damaged. */
  damagesEnds?: number;
  /** What the line shows before the version: the start of the transmitter. */
  blip?: readonly number[];
  /** Restarts at which it does not listen in time. */
  deafStarts?: number;
}

/** Milliseconds in place of the boot loader's 500 and 177. What was not lost on purpose is waited for without an end: the test's machine may be slow. */
const giveUp = 12;
const flush = 4;
const pageBytes = 8192;

type Phase = 'off' | 'listening' | 'confirming' | 'loading' | 'program';

/**
 * SparkFun's boot loader as the other end of a line, from its published source (bootloader/src of sparkfun/Apollo3_Uploader_SVL): the measuring
 * character, its version, the confirmation, frames with CRC and repetition, pages erased once, the program started at the end.
 */
export class SvlPeer {
  readonly flash = new Uint8Array(1024 * 1024).fill(0);
  starts = 0;
  ended = 0;
  private phase: Phase = 'off';
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private lastPage = -1;
  private tries = 0;
  private requests = 0;
  private ends = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly line: Duplex,
    private readonly faults: SvlPeerFaults = {},
    /** Told when the program that was written starts. */
    private readonly onProgram: () => void = () => undefined,
  ) {
    line.on('data', (chunk: Uint8Array) => this.take(chunk));
  }

  /** The reset pin. */
  restart(): void {
    this.quiet();
    this.starts += 1;
    this.bytes = new Uint8Array(0);
    [this.at, this.lastPage, this.tries] = [0, -1, 0];
    this.phase =
      this.starts <= (this.faults.deafStarts ?? 0) || this.faults.isSilent ? 'program' : 'listening';
  }

  close(): void {
    this.quiet();
  }

  private quiet(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private take(chunk: Uint8Array): void {
    if (this.phase === 'off' || this.phase === 'program') return;
    if (this.phase === 'listening') {
      const at = chunk.indexOf(0x55);
      if (at < 0) return;
      this.phase = 'confirming';
      this.line.write(Uint8Array.from(this.faults.blip ?? []));
      this.line.write(svlPacket('version', Uint8Array.of(6)));
      chunk = chunk.subarray(at + 1);
    }
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.look();
  }

  /** As svl_packet_wait: a packet that is not whole in time is refused. */
  private giveUp(): void {
    this.quiet();
    this.timer = setTimeout(() => this.refuse(), giveUp);
  }

  private refuse(): void {
    this.quiet();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.bytes = new Uint8Array(0);
      this.ask('retry');
    }, flush);
  }

  private ask(command: 'next' | 'retry'): void {
    if (this.faults.stopsAfter !== undefined && this.at >= this.faults.stopsAfter * svlFrameBytes) return;
    this.requests += 1;
    const packet = svlPacket(command);
    if (this.faults.damagesRequests?.includes(this.requests)) packet[3] ^= 0x10;
    this.line.write(packet);
  }

  private look(): void {
    const token = parseSvl(this.bytes, svlFrameBytes);
    if (token.kind === 'partial') return;
    if (token.kind === 'damaged') {
      this.refuse();
      return;
    }
    this.quiet();
    this.bytes = this.bytes.subarray(token.taken);
    if (this.phase === 'confirming') {
      if (token.command !== 'enter') throw new Error(`SVL was confirmed by ${token.command}`);
      this.phase = 'loading';
      this.ask('next');
      return;
    }
    if (token.command === 'done') this.end();
    else this.frame(token.data);
  }

  private end(): void {
    this.ends += 1;
    if (this.ends <= (this.faults.damagesEnds ?? 0)) {
      this.refuse();
      return;
    }
    this.phase = 'program';
    this.ended += 1;
    this.line.write('\r\nm-init-done\r\nm-ready\r\n');
    this.onProgram();
  }

  private frame(data: Uint8Array): void {
    this.tries += 1;
    if (this.faults.loses?.includes(this.tries)) {
      this.giveUp();
      return;
    }
    if (this.faults.refusesAll || this.faults.damages?.includes(this.tries) || data.length % 4 !== 0) {
      this.refuse();
      return;
    }
    const address = svlProgramAddress + this.at;
    const page = Math.floor(address / pageBytes);
    if (page > this.lastPage) this.flash.fill(0xff, page * pageBytes, (page + 1) * pageBytes);
    this.lastPage = page;
    /* Flash is only cleared by writing. */
    for (const [i, byte] of data.entries()) this.flash[address + i] &= byte;
    this.at += data.length;
    this.ask('next');
  }
}
