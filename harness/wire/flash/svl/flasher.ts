import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { pause } from '../../../host/attended-clock.js';
import type { MemorySegment } from '../../../machine/machine.js';
import type { Flasher, FlashReport } from '../flasher.js';
import { type SvlHeard, SvlLine } from './line.js';
import { svlBaudCharacter, svlFrameBytes, svlPacket, svlProgramAddress } from './packet.js';

/** The board's line, for the flasher alone. */
export interface SvlPort {
  stream: Duplex;
  /** Lets the board start anew by an edge of DTR; absent: this line has none. */
  restart?: () => Promise<void>;
  close(): Promise<void>;
}

export interface SvlOptions {
  /** Opens the board's line at a rate of {@link svlBaudRates}, bits per second. */
  open: (baudRate: number, signal?: AbortSignal) => Promise<SvlPort>;
  /** Lets the firmware on the board start anew, for lines without DTR. */
  enterBootloader?: (signal?: AbortSignal) => Promise<void>;
  baudRate?: number;
  /** How often the board is restarted and asked anew. */
  attempts?: number;
  timing?: Partial<SvlTiming>;
}

/** Milliseconds. */
export interface SvlTiming {
  /** From the restart to the character that the boot loader measures: it listens from some 95 ms on (svl.py), for 200 ms (main.c). */
  start: number;
  /** For its version: svl.py waits 500. */
  version: number;
  /**
   * For its next request: it gives up a frame after 500 ms, waits 177 more and asks anew (svl_packet.c, main.c), and erases and writes pages in between.
   */
  request: number;
  /** For a repetition of the end, which nothing acknowledges: as `request`. */
  end: number;
}

const usual: SvlTiming = { start: 150, version: 500, request: 2000, end: 1000 };
const usualBaudRate = 115_200;
const usualAttempts = 3;
/** One frame is sent at most this often, as by svl.py. */
const maximumTries = 4;
const erased = 0xff;

function refuse(summary: string, expected: string, received: string, hint?: string): LittlefirstError {
  return new LittlefirstError('LF_FLASH_FAILED', `svl: ${summary}`, {
    expected,
    received,
    hint,
    fields: { flasher: 'svl' },
  });
}

/** The boot loader writes one piece from its program address on: gaps are filled with erased flash, the end to whole words. */
export function svlProgram(segments: readonly MemorySegment[]): Uint8Array {
  const end = Math.max(...segments.map(({ address, data }) => address + data.length));
  for (const { address } of segments)
    if (address < svlProgramAddress)
      throw refuse(
        'a segment lies where the boot loaders are',
        `addresses from 0x${svlProgramAddress.toString(16)} on`,
        `0x${address.toString(16)}`,
        'this flasher is for boards with the Artemis module',
      );
  const program = new Uint8Array(Math.ceil((end - svlProgramAddress) / 4) * 4).fill(erased);
  for (const { address, data } of segments) program.set(data, address - svlProgramAddress);
  return program;
}

const told = (heard: SvlHeard): string =>
  typeof heard === 'string'
    ? { silence: 'nothing', damaged: 'a damaged packet', closed: 'the line was closed' }[heard]
    : `"${heard.command}"`;

/** Writes through SparkFun's serial boot loader. It cannot read back: every frame has a CRC, and the report says `none`. */
export class SvlFlasher implements Flasher {
  readonly name = 'svl';
  private readonly timing: SvlTiming;

  constructor(private readonly options: SvlOptions) {
    this.timing = { ...usual, ...options.timing };
  }

  /** @throws LF_FLASH_FAILED, LF_LINK_OPEN, LF_LINK_BUSY, the signal's reason */
  async flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport> {
    const begun = performance.now();
    const written = segments.filter(({ data }) => data.length > 0);
    const program = svlProgram(written);
    const attempts = this.options.attempts ?? usualAttempts;
    let failure: LittlefirstError | undefined;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      failure = await this.attempt(program, signal);
      if (failure === undefined) {
        return {
          flasher: this.name,
          segments: written.map(({ address, data }) => ({
            address,
            bytes: data.length,
            sha256: createHash('sha256').update(data).digest('hex'),
          })),
          verified: 'none',
          milliseconds: performance.now() - begun,
        };
      }
    }
    throw failure ?? refuse('nothing was tried', 'one attempt or more', String(attempts));
  }

  /** One session from the board's restart on. @returns why it failed, where another may do better */
  private async attempt(program: Uint8Array, signal?: AbortSignal): Promise<LittlefirstError | undefined> {
    signal?.throwIfAborted();
    await this.options.enterBootloader?.(signal);
    const port = await this.options.open(this.options.baudRate ?? usualBaudRate, signal);
    const line = new SvlLine(port.stream);
    try {
      await port.restart?.();
      await pause(this.timing.start, signal);
      line.forget();
      const refused = await this.enter(line, signal);
      return refused ?? (await this.send(line, program, signal));
    } finally {
      line.detach();
      await port.close();
    }
  }

  private async enter(line: SvlLine, signal?: AbortSignal): Promise<LittlefirstError | undefined> {
    await line.send(Uint8Array.of(svlBaudCharacter));
    const heard = await line.hear(this.timing.version, true, signal);
    if (typeof heard === 'string' || heard.command !== 'version')
      return refuse(
        'the boot loader does not answer',
        'its version',
        told(heard),
        "is it an Artemis board with SparkFun's boot loader (SVL), and is this its port? Press its reset button and try again, at another baudRate of 57600, 115200, 230400, 460800, 921600",
      );
    await line.send(svlPacket('enter'));
    return undefined;
  }

  /** Frames as the boot loader asks for them, then the end. */
  private async send(
    line: SvlLine,
    program: Uint8Array,
    signal?: AbortSignal,
  ): Promise<LittlefirstError | undefined> {
    const frames = Math.ceil(program.length / svlFrameBytes);
    for (let frame = 0, tries = 0; ; ) {
      /* The first request follows the version at once; what the line shows between the two is skipped. */
      const heard = await line.hear(this.timing.request, frame === 0, signal);
      /*
       * What it asked for is unknown after a damaged request. It would ask anew, with "retry"; but whether for the frame before or for the next, one
       * cannot tell, and the wrong one shifts the whole program. So the session begins anew.
       */
      if (typeof heard === 'string')
        return refuse(
          `the boot loader asked for no more after frame ${frame} of ${frames}`,
          '"next" or "retry"',
          told(heard),
        );
      if (heard.command === 'next') [frame, tries] = [frame + 1, 1];
      else if (heard.command === 'retry' && frame > 0) tries += 1;
      else
        return refuse(
          'the boot loader asks for something else than a frame',
          '"next" or "retry"',
          told(heard),
        );
      if (tries > maximumTries)
        return refuse(
          `frame ${frame} of ${frames} was refused ${maximumTries} times`,
          'a frame that arrives whole',
          '"retry"',
          'try a lower baudRate, another cable or port',
        );
      if (frame > frames) return this.end(line, signal);
      const data = program.subarray((frame - 1) * svlFrameBytes, frame * svlFrameBytes);
      await line.send(svlPacket('frame', data));
    }
  }

  /** The end is not acknowledged: the board starts the program. If the end was damaged, it asks for it anew. */
  private async end(line: SvlLine, signal?: AbortSignal): Promise<LittlefirstError | undefined> {
    for (let tries = 1; tries <= maximumTries; tries += 1) {
      await line.send(svlPacket('done'));
      const heard = await line.hear(this.timing.end, true, signal);
      if (heard === 'closed')
        return refuse('the line broke at the end', 'a board that starts the program', told(heard));
      if (typeof heard === 'string' || heard.command !== 'retry') return undefined;
    }
    return refuse('the end was refused', 'a board that starts the program', `"retry", ${maximumTries} times`);
  }
}
