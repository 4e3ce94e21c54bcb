import type { Duplex } from 'node:stream';

/**
 * An MLPerf Tiny interface board between a host and a DUT (tests only), as mlcommons/tiny has it in benchmark/interface:
 * commands end in `%`; `dut X` echoes `m-dut-passthrough(X)` and `m-ready`, then passes on what the DUT says, each line behind
 * `[dut]: `; `setbaud` restarts the board, which then has lost what it was passing on.
 */
export class FakeInterfaceBoard {
  baudRate = 115200;
  restarts = 0;
  private command = '';
  private line = '';

  constructor(
    private readonly host: Duplex,
    private readonly dut: Duplex,
  ) {
    host.on('data', (chunk: Buffer) => {
      for (const char of chunk.toString('latin1')) this.fromHost(char);
    });
    dut.on('data', (chunk: Buffer) => {
      for (const char of chunk.toString('latin1')) this.fromDut(char);
    });
  }

  private fromHost(char: string): void {
    if (char !== '%') {
      this.command += char;
      return;
    }
    const command = this.command;
    this.command = '';
    const [verb] = command.split(' ');
    const rest = command.slice(verb.length + 1);
    if (verb === 'dut') {
      this.say(`m-dut-passthrough(${rest})\r\n`);
      this.ready();
      this.dut.write(`${rest}%`);
      return;
    }
    if (verb === 'name') this.say('tinyML Enhanced Interface Board\r\n');
    if (verb === 'checkbaud') this.say(`baud is: ${this.baudRate}\n`);
    if (verb === 'setbaud') {
      this.baudRate = Number(rest);
      this.say(`set baud to: ${rest}\n`);
    }
    this.ready();
    if (verb === 'setbaud') {
      this.restarts += 1;
      this.line = '';
    }
  }

  private fromDut(char: string): void {
    if (char === '\r') return;
    if (char !== '\n') {
      this.line += char;
      return;
    }
    this.say(`[dut]: ${this.line}\r\n`);
    this.line = '';
  }

  private ready(): void {
    this.say('m-ready\r\n');
  }

  private say(text: string): void {
    this.host.write(text);
  }
}
