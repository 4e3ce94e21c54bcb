import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { attendedClock, pause } from '../../host/attended-clock.js';
import type { Meter } from '../../measure/meter/meter.js';
import type { SerialDevice } from '../../wire/devices/identity.js';
import { atRate, findDevice, type OpenLine, openLine, sameDevice } from '../../wire/devices/open-line.js';
import { isPlaceholder } from '../../wire/devices/placeholder.js';
import type { PowerControl } from '../../wire/devices/power.js';
import { createPower } from '../../wire/devices/power-config.js';
import { DutClient } from '../../wire/dut/client.js';
import { createExternalFlasher } from '../../wire/flash/config.js';
import type { Flasher, FlashReport } from '../../wire/flash/flasher.js';
import type { SvlPort } from '../../wire/flash/svl/flasher.js';
import type { Link } from '../../wire/link/open.js';
import type { PreparedBench } from '../bench/prepare.js';
import { type OpenDut, type OpenDutOptions, segmentsOf } from './dut.js';
import { shortHash } from './identity.js';
import { commandFixture, type LoadFixture } from './known-load.js';
import { openBenchMeter } from './meter.js';
import { linePurpose } from './purpose.js';

/** How long a board may take to be found again after its power came back, and the time between two looks. */
const reconnectMilliseconds = 15_000;
const lookMilliseconds = 100;
/** How long DTR stays at each level, so that an adapter passes both on. Assumed. */
const dtrMilliseconds = 10;
/** Errors of a board that has no port of its own before it is flashed. */
const mayBeBlank: ReadonlySet<string> = new Set(['LF_DEVICE_MISSING', 'LF_LINK_OPEN']);
/** Errors of a board that is not there yet. */
const notYet: ReadonlySet<string> = new Set(['LF_DEVICE_MISSING', 'LF_LINK_OPEN', 'LF_LINK_BUSY']);

/** A real board: its line, its flasher and its power switch. The line may be opened anew, so `client` may become another. */
class RealDut implements OpenDut {
  client: DutClient;
  readonly flash?: OpenDut['flash'];
  readonly power?: PowerControl;
  readonly loadFixtures?: readonly LoadFixture[];
  /** The device that was behind the line when it was opened last. */
  private seen: SerialDevice | undefined;
  private onBoard: { image: string; blob: string } | undefined;

  constructor(
    private readonly prepared: PreparedBench,
    private readonly options: OpenDutOptions,
    private line: OpenLine | LittlefirstError,
    public meter: Meter | undefined,
  ) {
    this.client =
      line instanceof LittlefirstError ? DutClient.absent(line) : new DutClient(line.link, options);
    if (!(line instanceof LittlefirstError)) this.seen = line.device;
    const { flasher, power } = prepared.bench;
    const { knownLoad } = prepared.bench.meter;
    this.loadFixtures = knownLoad?.map(commandFixture);
    if (typeof flasher === 'object') {
      const tool = createExternalFlasher(flasher, {
        enterBootloader: signal => this.enterBootloader(signal),
        openBoardLine: baudRate => this.openForFlasher(baudRate),
      });
      this.flash = (blob, signal) => this.write(tool, blob, signal);
    }
    if (power !== undefined)
      this.power = this.guarded(createPower(power, meter, { identify: signal => this.reconnect(signal) }));
  }

  flashed(): { image: string; blob: string } | undefined {
    return this.onBoard;
  }

  async settle(): Promise<void> {}

  /** Finds the board again by its identity and opens its line. @throws the last error when it does not come back */
  async reconnect(signal?: AbortSignal): Promise<void> {
    await this.closeLine();
    const end = attendedClock.now() + (this.options.reconnectMilliseconds ?? reconnectMilliseconds);
    for (;;) {
      signal?.throwIfAborted();
      try {
        const line = await openRealLine(this.prepared, this.options, this.seen);
        this.use(line);
        return;
      } catch (error) {
        if (!notYet.has(asLittlefirstError(error).code) || attendedClock.now() >= end) throw error;
      }
      await pause(lookMilliseconds, signal);
    }
  }

  async close(): Promise<void> {
    await this.closeLine();
    await this.meter?.close();
  }

  private async closeLine(): Promise<void> {
    this.client.detach();
    if (!(this.line instanceof LittlefirstError)) await this.line.close();
  }

  private use(line: OpenLine): void {
    this.line = line;
    this.seen = line.device ?? this.seen;
    this.client = new DutClient(line.link, this.options);
  }

  /** Looks once more that the bench's device is one device, before its power is cut; one that is gone may be hung. */
  private guarded(power: PowerControl): PowerControl {
    const { device } = this.prepared.bench;
    if (device === undefined) return power;
    return {
      ...power,
      cycle: async signal => {
        await findDevice(device, 'board', this.options.devices).catch((error: LittlefirstError) => {
          if (error.code !== 'LF_DEVICE_MISSING') throw error;
        });
        await power.cycle(signal);
      },
    };
  }

  /** A board that is in its boot loader already, or empty, does not answer: the flasher then says what is missing. */
  private async enterBootloader(signal?: AbortSignal): Promise<void> {
    await this.client.bootloader(signal).catch(() => undefined);
    signal?.throwIfAborted();
  }

  /** The board's line for its flasher alone; `write` opens it again for us. */
  private async openForFlasher(baudRate: number): Promise<SvlPort> {
    await this.closeLine();
    const { link, close } = await openRealLine(this.prepared, this.options, this.seen, baudRate);
    const isSerial = this.prepared.bench.device !== undefined || /^serial:/.test(this.prepared.bench.link);
    return { stream: link, restart: isSerial ? () => pulseDtr(link) : undefined, close };
  }

  private async write(tool: Flasher, blob: Uint8Array, signal?: AbortSignal): Promise<FlashReport> {
    this.onBoard = undefined;
    const report = await tool.flash(segmentsOf(this.prepared, blob), signal);
    if (report.verified !== 'none')
      this.onBoard = { image: this.prepared.firmware.entry.sha256, blob: shortHash(blob) };
    if (this.line instanceof LittlefirstError || !this.line.link.isOpen) await this.reconnect(signal);
    return report;
  }
}

/** An edge of DTR, which boards with an automatic reset take for one. @throws LF_LINK_OPEN on a port without control lines */
async function pulseDtr(link: Link): Promise<void> {
  for (const dtr of [false, true]) {
    await new Promise<void>((resolve, reject) =>
      link.set({ dtr, rts: true, brk: false }, error => (error ? reject(error) : resolve())),
    ).catch((error: Error) => {
      throw new LittlefirstError('LF_LINK_OPEN', "The board's DTR line cannot be set", {
        expected: 'a serial port with control lines',
        received: error.message,
        hint: 'restart: software in the flasher block lets the firmware restart the board',
        cause: error,
      });
    });
    await pause(dtrMilliseconds);
  }
}

/**
 * @param seen the device that the line had before, to be found again
 * @param rate bits per second, whatever the bench says
 */
async function openRealLine(
  { bench, board }: PreparedBench,
  options: OpenDutOptions,
  seen?: SerialDevice,
  rate?: number,
): Promise<OpenLine> {
  /* Asked anew each time: an exporter whose board came back serves it at another port. */
  const link = (await options.place?.serialLink(bench.link)) ?? bench.link;
  const { dtr, rts } = board.controlLines ?? {};
  const state = (line: 'on' | 'off' | undefined) => (line === undefined ? undefined : line === 'on');
  const choice = sameDevice({ ...bench, link }, seen);
  return openLine(rate === undefined ? choice : atRate(choice, rate), {
    role: 'board',
    baudRate: rate ?? board.baudRate,
    lines: { dtr: state(dtr), rts: state(rts) },
    purpose: linePurpose(bench.name, options.id),
    sources: options.devices,
    serialBinding: options.serialBinding,
  });
}

/**
 * Opens a real board's meter, which may feed it, and its line, after what the bench says of its flasher is known to be possible.
 * @throws LF_CONFIG_INVALID, as `openBenchMeter`, as `openLine`
 */
export async function openReal(prepared: PreparedBench, options: OpenDutOptions): Promise<OpenDut> {
  const { bench, chip } = prepared;
  if (bench.flasher === 'auto')
    throw new LittlefirstError('LF_CONFIG_INVALID', 'Flasher "auto" belongs to emulated boards', {
      expected: `flasher: none or a block that names a tool, with link ${bench.link}`,
      received: 'flasher: auto',
      hint: 'docs/real-boards.md shows the block of every tool',
    });
  const meter = await openBenchMeter(bench.meter, {
    boardLink: bench.link,
    supplyMillivolts: chip.supply.millivolts.value,
    purpose: linePurpose(bench.name, options.id),
    devices: options.devices,
    serialBinding: options.serialBinding,
  });
  let line: OpenLine | LittlefirstError | undefined;
  try {
    line = await openRealLine(prepared, options).catch((error: unknown) => notWithoutFlash(prepared, error));
    return new RealDut(prepared, options, line, meter);
  } catch (error) {
    if (line !== undefined && !(line instanceof LittlefirstError)) await line.close();
    await meter?.close();
    throw error;
  }
}

/**
 * A board whose port comes from its own firmware has none while it is blank, and is flashed first where the bench can.
 * @returns why the line is not there yet
 * @throws the error where flashing would not mend it
 */
function notWithoutFlash({ bench }: PreparedBench, error: unknown): LittlefirstError {
  const known = asLittlefirstError(error);
  if (typeof bench.flasher !== 'object' || !mayBeBlank.has(known.code)) throw error;
  if (isPlaceholder(bench.device?.serialNumber)) throw error;
  return known;
}
