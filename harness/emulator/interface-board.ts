import { Duplex } from 'node:stream';
import type { WaveformSource } from '../machine/waveform.js';
import { SerialLine } from './serial-line.js';

/** Characters from the DUT that are kept while no command is passed on (mlcommons/tiny, benchmark/interface, IO/Uart.cpp). */
const keptCharacters = 100;
/** Rate of the board's line to the host (devices_kws_ic_vww.yaml of mlcommons/tiny's runner), and of its line to the DUT before `setbaud`. */
const usualBaudRate = 115_200;
/**
 * From `setbaud` until it hears again, nanoseconds: reset, clocks, SD card, kernel (Core/Src/main.c sets its serial ports up after the card). How long that takes is
 * assumed; the stock runner waits 2 s.
 */
export const restartNs = 3e8;
const lineEnd = '\r\n';
/** Its search for a line's end begins anew behind a CR that another CR follows (IO/Uart.cpp): after an even number of them, LF ends nothing. */
const endOfLine = /(?<!\r)(?:\r\r)*\r\n/;
const ready = `m-ready${lineEnd}`;
const prefix = '[dut]: ';

/**
 * The interface board ("IO manager") between host and DUT, as the firmware in mlcommons/tiny's benchmark/interface behaves: commands end
 * in `%` and are carried out one after another. `dut X` is echoed and confirmed, then `X%` goes to the DUT, whose lines (CR LF)
 * come back behind `[dut]: ` until one is `m-ready`. What the DUT says in between is kept, up to 100 characters, and stands before the next
 * reply. `setbaud` restarts the board, which forgets what it kept and is deaf for a while: a DUT that starts meanwhile is not heard. What the host says
 * meanwhile waits here, and is lost on the real board. It has no audio: `ls` is empty, the commands of the streaming
 * test are answered like unknown ones. Where it knows the bench's time, its lines take theirs: what it says to the host at 115,200 baud, what goes to the
 * DUT and comes from it at the rate that `setbaud` set. A DUT at another rate understands all the same; what the host says takes no time.
 */
export class EmulatedInterfaceBoard {
  /** The host's side. */
  readonly port: Duplex;
  restarts = 0;
  readonly #toHost: SerialLine;
  readonly #toDut: SerialLine;
  readonly #fromDut: SerialLine;
  #input = '';
  #kept = '';
  #isPassing = false;
  /** While it restarts: ends the watch on the time. */
  #unwatch: (() => void) | undefined;

  /** @param time tells how far the bench's time came; without it no line takes any, nor a restart */
  constructor(
    dut: Duplex,
    private readonly time?: WaveformSource,
  ) {
    this.#toHost = new SerialLine(time, usualBaudRate, bytes => {
      if (!this.port.destroyed) this.port.push(bytes);
    });
    this.#toDut = new SerialLine(time, usualBaudRate, bytes => dut.write(bytes));
    this.#fromDut = new SerialLine(time, usualBaudRate, bytes => this.#hear(bytes.toString('latin1')));
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#input += bytes.toString('latin1');
        this.#carryOut();
        done();
      },
    });
    dut.on('data', (bytes: Buffer) => this.#fromDut.send(bytes));
    dut.on('close', () => this.port.destroy());
    this.port.on('error', () => this.port.destroy());
    this.port.on('close', () => {
      this.#unwatch?.();
      for (const line of [this.#toHost, this.#toDut, this.#fromDut]) line.clear();
    });
  }

  /** Of its line to the DUT. */
  get baudRate(): number {
    return this.#toDut.baudRate;
  }

  get #isBusy(): boolean {
    return this.#isPassing || this.#unwatch !== undefined;
  }

  #carryOut(): void {
    for (let end = this.#input.indexOf('%'); end >= 0 && !this.#isBusy; end = this.#input.indexOf('%')) {
      const command = this.#input.slice(0, end);
      this.#input = this.#input.slice(end + 1);
      this.#execute(command);
    }
  }

  /** A command is known by its beginning; one that goes on without a space is not answered at all, an unknown one with `m-ready`. */
  #execute(command: string): void {
    const name = ['dut', 'name', 'ls', 'setbaud', 'checkbaud'].find(known => command.startsWith(known));
    const rest = command.slice((name ?? '').length);
    if (name !== undefined && rest !== '' && !/^ ./s.test(rest)) return;
    const argument = rest.slice(1);
    if (name === 'dut') this.#pass(argument);
    else if (name === 'setbaud') this.#setBaud(argument);
    else {
      if (name === 'name') this.#say(`tinyML Enhanced Interface Board${lineEnd}`);
      if (name === 'checkbaud') this.#say(`baud is: ${this.baudRate}\n`);
      this.#say(ready);
    }
  }

  /** What is no rate is not answered: the real board's parser throws. */
  #setBaud(argument: string): void {
    const baudRate = Number.parseInt(argument, 10);
    if (!(baudRate > 0)) return;
    this.#say(`set baud to: ${argument}\n`);
    this.#say(ready);
    this.restarts += 1;
    for (const line of [this.#toDut, this.#fromDut]) {
      line.clear();
      line.baudRate = baudRate;
    }
    this.#kept = '';
    this.#input = '';
    this.#restart();
  }

  #restart(): void {
    const { time } = this;
    if (time === undefined) return;
    const upNs = time.nowNs + restartNs;
    const look = () => {
      if (time.nowNs < upNs || this.port.destroyed) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
      this.#carryOut();
    };
    this.#unwatch = time.onSegments(() => queueMicrotask(look));
  }

  #pass(command: string): void {
    this.#say(`m-dut-passthrough(${command})${lineEnd}${ready}`);
    this.#isPassing = true;
    this.#toDut.send(Buffer.from(`${command}%`, 'latin1'));
    this.#passLines();
  }

  #hear(text: string): void {
    if (this.#unwatch !== undefined) return;
    this.#kept += text;
    if (this.#isPassing) this.#passLines();
    else this.#kept = this.#kept.slice(0, keptCharacters);
  }

  #passLines(): void {
    for (let end = endOfLine.exec(this.#kept); end !== null; end = endOfLine.exec(this.#kept)) {
      const line = this.#kept.slice(0, end.index + end[0].length - lineEnd.length);
      this.#kept = this.#kept.slice(end.index + end[0].length);
      this.#say(prefix + line + lineEnd);
      if (line !== 'm-ready') continue;
      this.#isPassing = false;
      this.#carryOut();
      return;
    }
  }

  #say(text: string): void {
    this.#toHost.send(Buffer.from(text, 'latin1'));
  }
}
