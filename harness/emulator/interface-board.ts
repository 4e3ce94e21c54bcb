import { Duplex } from 'node:stream';

/** Characters from the DUT that are kept while no command is passed on (mlcommons/tiny, benchmark/interface, IO/Uart.cpp). */
const keptCharacters = 100;
const lineEnd = '\r\n';
const ready = `m-ready${lineEnd}`;
const prefix = '[dut]: ';

/**
 * The interface board ("IO manager") between host and DUT, as the firmware in mlcommons/tiny's benchmark/interface behaves: commands end
 * in `%` and are carried out one after another. `dut X` is echoed and confirmed, then `X%` goes to the DUT, whose lines (CR LF)
 * come back behind `[dut]: ` until one is `m-ready`. What the DUT says in between is kept, up to 100 characters, and stands before the next
 * reply. `setbaud` restarts the board, which forgets what it kept. It has no audio: `ls` is empty, the commands of the streaming
 * test are answered like unknown ones. The rate is only remembered: an emulated line has none.
 */
export class EmulatedInterfaceBoard {
  /** The host's side. */
  readonly port: Duplex;
  baudRate = 115_200;
  restarts = 0;
  #input = '';
  #fromDut = '';
  #isPassing = false;

  constructor(private readonly dut: Duplex) {
    this.port = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        this.#input += bytes.toString('latin1');
        this.#carryOut();
        done();
      },
    });
    dut.on('data', (bytes: Buffer) => this.#hear(bytes.toString('latin1')));
    dut.on('close', () => this.port.destroy());
    this.port.on('error', () => this.port.destroy());
  }

  #carryOut(): void {
    for (let end = this.#input.indexOf('%'); end >= 0 && !this.#isPassing; end = this.#input.indexOf('%')) {
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

  #setBaud(argument: string): void {
    this.baudRate = Number.parseInt(argument, 10);
    this.#say(`set baud to: ${argument}\n`);
    this.#say(ready);
    this.restarts += 1;
    this.#fromDut = '';
    this.#input = '';
  }

  #pass(command: string): void {
    this.#say(`m-dut-passthrough(${command})${lineEnd}${ready}`);
    this.#isPassing = true;
    this.dut.write(Buffer.from(`${command}%`, 'latin1'));
    this.#passLines();
  }

  #hear(text: string): void {
    this.#fromDut += text;
    if (this.#isPassing) this.#passLines();
    else this.#fromDut = this.#fromDut.slice(0, keptCharacters);
  }

  #passLines(): void {
    for (let end = this.#fromDut.indexOf(lineEnd); end >= 0; end = this.#fromDut.indexOf(lineEnd)) {
      const line = this.#fromDut.slice(0, end);
      this.#fromDut = this.#fromDut.slice(end + lineEnd.length);
      this.#say(prefix + line + lineEnd);
      if (line !== 'm-ready') continue;
      this.#isPassing = false;
      this.#carryOut();
      return;
    }
  }

  #say(text: string): void {
    if (!this.port.destroyed) this.port.push(Buffer.from(text, 'latin1'));
  }
}
