import { expect } from 'chai';
import { markers } from '../../../machine/machine.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import { InaMeter } from '../../../measure/meter/ina/driver.js';
import { type InaType, parseInaLine, parseInaRecord } from '../../../measure/meter/ina/protocol.js';
import type { SampleChunk } from '../../../measure/meter/meter.js';
import { EmulatedInaBridge } from './instrument.js';
import { Rp2040InaBridge } from './rp2040-bridge.js';

const settle = async () => {};
const pieces = [
  { amps: 1e-3, marker: markers.idle, seconds: 0.0101 },
  { amps: 2e-2, marker: markers.gate, seconds: 0.00511 },
  { amps: 5e-2, marker: markers.big, seconds: 0.01007 },
  { amps: 1e-3, marker: markers.idle, seconds: 0.0001 },
  { amps: 3e-2, marker: markers.transfer, seconds: 0.00401 },
  { amps: 1e-3, marker: markers.idle, seconds: 0.01 },
];

/** The lines that a bridge answers to a command, CRC checked. */
class Terminal {
  #text = '';
  #wake: () => void = () => {};
  constructor(readonly bridge: EmulatedInaBridge | Rp2040InaBridge) {
    bridge.port.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      this.#wake();
    });
  }

  /** All lines up to the first that begins with one of these words. */
  async until(...words: string[]): Promise<string[]> {
    for (;;) {
      const lines = this.#text.split('\n').slice(0, -1);
      const texts = lines.map(line => parseInaLine(line) ?? `corrupt ${line}`);
      const end = texts.findIndex(text => words.includes(text.split(' ')[0]));
      if (end >= 0) {
        this.#text = this.#text.slice(lines.slice(0, end + 1).join('\n').length + 1);
        return texts.slice(0, end + 1);
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  async ask(command: string): Promise<string> {
    this.bridge.port.write(`${command}\n`);
    const lines = await this.until(command.trim().split(' ')[0], 'error');
    return lines[lines.length - 1];
  }
}

const settings: Record<InaType, { commands: string[]; start: string }> = {
  ina226: { commands: ['w 40 05 0800', 'w 40 06 0400', 'w 40 00 4115'], start: 'start 40 06 01 2' },
  ina228: {
    commands: ['w 40 00 4000', 'w 40 02 1000', 'w 40 0b 4000', 'w 40 01 a249'],
    start: 'start 40 0b 04 3',
  },
};

describe('INA bridge image on the emulated rp2040', function () {
  this.timeout(60_000);

  for (const type of ['ina226', 'ina228'] as const) {
    it(`should say the same as its description in TypeScript, with an ${type}`, async () => {
      const source = new ScriptedSource();
      const options = { source, settle, type, shuntOhms: 0.5, errors: { noiseAmps: 1e-4, seed: 5 } };
      const terminals = [
        new Terminal(new Rp2040InaBridge(options)),
        new Terminal(new EmulatedInaBridge(options)),
      ];
      for (const terminal of terminals) expect(await terminal.until('boot')).to.deep.equal(['boot']);
      const { commands, start } = settings[type];
      for (const command of commands) {
        const answers = await Promise.all(terminals.map(terminal => terminal.ask(command)));
        expect(answers).to.deep.equal([command, command]);
      }
      const starts = await Promise.all(terminals.map(terminal => terminal.ask(start)));
      const origins = starts.map(answer => Number.parseInt(answer.split(' ')[1], 16));
      source.play(pieces);
      const said = [];
      for (const [i, terminal] of terminals.entries()) {
        terminal.bridge.port.write('stop\n');
        const lines = await terminal.until('stop');
        expect(lines[lines.length - 1].split(' ')[3]).to.equal('00000000');
        said.push(
          lines.slice(0, -1).map(line => {
            const record = parseInaRecord(line);
            if (record === undefined) throw new Error(`not a record: ${line}`);
            return { ...record, micros: record.micros - origins[i] };
          }),
        );
      }
      const [image, description] = said;
      expect(image.length).to.be.above(100);
      const withoutTime = (records: typeof image) => records.map(({ micros: _, ...rest }) => rest);
      expect(withoutTime(image)).to.deep.equal(withoutTime(description));
      const skew = image[0].micros - description[0].micros;
      for (const [i, record] of image.entries()) {
        expect(record.micros - description[i].micros, `line ${i}`).to.be.closeTo(skew, 4);
      }
    });
  }

  it('should refuse what it does not understand, in the same words', async () => {
    const source = new ScriptedSource();
    const options = { source, settle, type: 'ina226' as const, shuntOhms: 0.5 };
    const terminals = [
      new Terminal(new Rp2040InaBridge(options)),
      new Terminal(new EmulatedInaBridge(options)),
    ];
    const lines = [
      'r 41 00 2',
      'r 40 00 6',
      'r 40 00 0',
      'r 40 zz 2',
      'r 40 00 12345',
      'w 40 00',
      'stop',
      'id id',
      'start 40 06 01 9',
      'start 1 2 3 4 5',
      'x'.repeat(200),
    ];
    for (const line of lines) {
      const [image, description] = await Promise.all(terminals.map(terminal => terminal.ask(line)));
      expect(image, line).to.match(/^error /);
      expect(description, line).to.equal(image);
    }
    for (const terminal of terminals) {
      expect(await terminal.ask('r 40 fe 2')).to.equal('r 40 fe 5449');
      expect(await terminal.ask('start 40 06 01 2')).to.match(/^start /);
      expect(await terminal.ask('r 40 fe 2')).to.equal('error running');
    }
  });

  it('should serve the driver: markers, charge and time as they flowed', async () => {
    const source = new ScriptedSource();
    const bridge = new Rp2040InaBridge({ source, settle, type: 'ina228', shuntOhms: 0.5, celsius: 30 });
    const meter = new InaMeter({ port: bridge.port, shuntOhms: 0.5, emulated: true, replyTimeoutMs: 20_000 });
    expect((await meter.identify()).model).to.match(/INA228/);
    await meter.configure({ supplyMillivolts: 3300 });
    const chunks: SampleChunk[] = [];
    await meter.start(chunk => chunks.push(chunk));
    source.play(pieces);
    const status = await meter.stop();
    expect(status.problems).to.deep.equal(['1 marker states were shorter than one conversion']);
    expect(status.lostSamples).to.equal(0);
    expect(status.temperatureCelsius).to.be.closeTo(30, 0.01);
    const big = { seconds: 0, coulombs: 0 };
    for (const { current, logic, periodNs } of chunks) {
      for (const [i, amps] of current.entries()) {
        if (logic[i] !== markers.big) continue;
        big.seconds += periodNs * 1e-9;
        big.coulombs += amps * periodNs * 1e-9;
      }
    }
    expect(big.seconds).to.be.closeTo(0.01007, 4e-4);
    expect(big.coulombs).to.be.closeTo(0.01007 * 0.05, 4e-4 * 0.05);
    await meter.close();
  });
});
