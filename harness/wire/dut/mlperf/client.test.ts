import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { openTerminal } from '../../../emulator/instruments/terminal.js';
import { EmulatedInterfaceBoard } from '../../../emulator/interface-board.js';
import type { ErrorCode } from '../../../errors.js';
import { ScriptedMlperfDut, usualMlperfReplies } from '../../../testing/dut/scripted-mlperf.js';
import { failure } from '../../../testing/failure.js';
import { closeLink, type Link, openLink } from '../../link/open.js';
import { MlperfClient } from './client.js';

describe('MlperfClient', () => {
  let server: Server;
  const closing: (() => Promise<unknown>)[] = [];
  const budgets = { sync: 600, name: 300, load: 300, infer: 300 };
  const input = Uint8Array.from({ length: 70 }, (_, i) => i);

  beforeEach(async () => {
    server = createServer({ noDelay: true }).listen(0);
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    server.close();
    await once(server, 'close');
  });

  async function pair(): Promise<{ link: Link; socket: Socket }> {
    const arrived = once(server, 'connection');
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    closing.push(() => closeLink(link));
    return { link, socket: (await arrived)[0] };
  }

  async function connect(replies: (command: string) => string[] | undefined) {
    const { link, socket } = await pair();
    const dut = new ScriptedMlperfDut(socket, replies);
    return { dut, client: new MlperfClient(link, { budgets }) };
  }

  it('asks for another echo each time, so that a late one is not taken for the last', async () => {
    const { link, socket } = await pair();
    const answers = usualMlperfReplies(4);
    let asked = 0;
    const dut = new ScriptedMlperfDut(socket, command => (++asked < 4 ? undefined : answers(command)));
    await new MlperfClient(link, { budgets, syncBytes: 8 }).sync();
    expect(dut.heard).to.have.length(5);
    expect(new Set(dut.heard).size, dut.heard.join()).to.equal(5);
  });

  it('is never one reply behind, whatever is on its way when it begins', async () => {
    const banner = 'm-timestamp-mode-performance\r\nm-lap-us-3\r\nm-init-done\r\nm-ready\r\n';
    for (const stale of [
      banner,
      banner + banner,
      'm-ready\r\n'.repeat(5),
      'm-name-dut-[old]\r\nm-ready\r\n',
    ]) {
      const { client, dut } = await connect(usualMlperfReplies(70));
      dut.say(stale);
      await client.sync();
      expect((await client.identify()).name).to.equal('acme');
      await client.load(input);
      expect(dut.heard.filter(command => command.startsWith('db load'))).to.have.length(3);
    }
    /* Old echoes of every number that it may draw. */
    const { client, dut } = await connect(usualMlperfReplies(70));
    const echoes = Array.from({ length: 64 }, (_, i) => `m-[Expecting ${i + 1} bytes]\r\nm-ready\r\n`);
    dut.say(echoes.join(''));
    await client.sync();
    expect((await client.identify()).name).to.equal('acme');
  });

  it('takes what the stock runner takes: any line ends, NUL, log lines between', async () => {
    const ends = ['\r\r\n', '\n\r', '\n', '\r\n\0', '\r'];
    for (const end of ends) {
      const { link, socket } = await pair();
      const answers = usualMlperfReplies(70);
      let command = '';
      socket.on('data', (chunk: Buffer) => {
        for (const char of chunk.toString('latin1')) {
          if (char !== '%') command += char;
          else {
            const lines = ['[12.345] heartbeat', ...answers(command)!, 'I (99) app: tick', 'm-ready', ''];
            /* One character at a time, as a slow line brings them. */
            for (const one of lines.join(end)) socket.write(one);
            command = '';
          }
        }
      });
      const client = new MlperfClient(link, { budgets });
      await client.sync();
      expect((await client.identify()).model, JSON.stringify(end)).to.equal('kws01');
      await client.load(input);
      expect((await client.infer(70, 10)).results).to.deep.equal([0.25, 0.75]);
    }
  });

  for (const probe of ['AT\r', 'AT+GCAP\r\n', 'ATE1 E0\r', '~\x00x\xf0~', '\x01\x0c\x00\x00\x00'])
    it(`gets over ${JSON.stringify(probe)} that another program writes into any command`, async () => {
      const verbs = ['name', 'profile', 'db load 70', 'db 00', 'db 3e', 'infer'];
      for (const verb of verbs) {
        const answers = usualMlperfReplies(70);
        let isClean = false;
        const faults: string[] = [];
        const { link, socket } = await pair();
        const dut = new ScriptedMlperfDut(socket, command => {
          if (isClean || !command.startsWith(verb)) return answers(command);
          isClean = true;
          return [`e-[Unknown command: ${(probe + command).split(' ')[0]}]`];
        });
        const client = new MlperfClient(link, { budgets, onFault: ({ message }) => faults.push(message) });
        await client.sync();
        expect((await client.identify()).model).to.equal('kws01');
        await client.load(input);
        expect((await client.infer(70, 10)).results).to.deep.equal([0.25, 0.75]);
        expect(faults, verb).to.have.length(1);
        expect(dut.heard.filter(command => command.startsWith('infer')).length).to.equal(
          verb === 'infer' ? 2 : 1,
        );
      }
    });

  it('strips the echo of a line, and names it where it does harm', async () => {
    const { link, socket } = await pair();
    const answers = usualMlperfReplies(70);
    let command = '';
    socket.on('data', (chunk: Buffer) => {
      for (const char of chunk.toString('latin1')) {
        socket.write(char);
        if (char !== '%') command += char;
        else {
          const lines = answers(command)!;
          command = '';
          socket.write([...lines, 'm-ready', ''].join('\r\n'));
        }
      }
    });
    const client = new MlperfClient(link, { budgets });
    await client.sync();
    expect((await client.identify()).name).to.equal('acme');
    const mute = await pair();
    mute.socket.on('data', (chunk: Buffer) => mute.socket.write(chunk));
    const error = await failure(new MlperfClient(mute.link, { budgets }).sync(), 'LF_DUT_TIMEOUT');
    expect(error.message).to.match(/the line echoes what is sent.*local echo/s);
  });

  it('notices that the DUT restarted', async () => {
    const answers = usualMlperfReplies(70);
    const { client } = await connect(command =>
      command.startsWith('infer') ? ['m-timestamp-mode-performance', 'm-init-done'] : answers(command),
    );
    await client.load(input);
    const error = await failure(client.infer(70, 10), 'LF_DUT_REPLY');
    expect(error.message).to.contain('restarted by itself');
  });

  it('says to the DUT exactly what the stock runner says', async () => {
    const { client, dut } = await connect(usualMlperfReplies(70));
    expect(await client.identify()).to.deep.equal({
      name: 'acme',
      profile: 'ULPMark for tinyML Firmware V0.0.1',
      model: 'kws01',
    });
    await client.load(input);
    expect(await client.infer(70, 10)).to.deep.equal({ results: [0.25, 0.75], microseconds: 100 });
    const hex = (from: number, to: number) => Buffer.from(input.subarray(from, to)).toString('hex');
    expect(dut.heard).to.deep.equal([
      'name',
      'profile',
      'db load 70',
      `db ${hex(0, 31)}`,
      `db ${hex(31, 62)}`,
      `db ${hex(62, 70)}`,
      'infer 70 10',
    ]);
  });

  it('finds its place behind old output and a half typed command, without a bare %', async () => {
    let half = 'inf';
    const answers = usualMlperfReplies(70);
    const { client, dut } = await connect(command => {
      if (half === '') return answers(command);
      half = '';
      return ['e-[Unknown command: infdb]'];
    });
    dut.say('m-results-[1.000,0.000]\r\nm-ready\r\n');
    await client.sync();
    expect((await client.identify()).name).to.equal('acme');
    expect(dut.heard.filter(command => command === '')).to.have.length(0);
    expect(dut.heard[0]).to.match(/^db load \d+$/);
  });

  const broken: [
    what: string,
    change: (command: string, lines: string[]) => string[] | undefined,
    code: ErrorCode,
  ][] = [
    ['a refusal', (c, l) => (c.startsWith('db 00') ? ["e-[Invalid hex digit '00']"] : l), 'LF_DUT_ERROR'],
    [
      'a buffer that is too small',
      (c, l) => (c === 'db load 70' ? ['Supplied buffer size 70 exceeds maximum of 9'] : l),
      'LF_DUT_ERROR',
    ],
    ['a part that got lost', (_, l) => l.filter(line => line !== 'm-load-done'), 'LF_DUT_REPLY'],
    ['one time stamp', (_, l) => l.filter(line => line !== 'm-lap-us-94'), 'LF_DUT_REPLY'],
    ['another count', (_, l) => l.map(line => line.replace('start-70', 'start-7')), 'LF_DUT_REPLY'],
    ['no numbers', (_, l) => l.map(line => line.replace('0.250', 'nan')), 'LF_DUT_REPLY'],
    ['silence', (c, l) => (c.startsWith('infer') ? undefined : l), 'LF_DUT_TIMEOUT'],
  ];
  for (const [what, change, code] of broken)
    it(`refuses ${what}`, async () => {
      const answers = usualMlperfReplies(70);
      const { client } = await connect(command => change(command, answers(command)!));
      await failure(
        (async () => {
          await client.load(input);
          await client.infer(70, 10);
        })(),
        code,
      );
    });

  it('goes through an interface board on a serial port, at the rate of the DUT', async () => {
    const terminal = openTerminal();
    const arrived = once(server, 'connection');
    const toDut = connectSocket((server.address() as AddressInfo).port);
    const dut = new ScriptedMlperfDut((await arrived)[0], usualMlperfReplies(70));
    const board = new EmulatedInterfaceBoard(toDut);
    terminal.port.pipe(board.port).pipe(terminal.port);
    const link = await openLink(`serial:${terminal.path}`);
    closing.push(async () => {
      await closeLink(link);
      terminal.close();
      toDut.destroy();
    });
    const client = new MlperfClient(link, { route: 'interface-board', budgets });
    await client.setInterfaceBaud(9600);
    await client.setInterfaceBaud(9600);
    expect(board).to.include({ baudRate: 9600, restarts: 1 });
    await client.sync();
    expect((await client.identify()).model).to.equal('kws01');
    await client.load(input);
    expect((await client.infer(70, 10)).results).to.deep.equal([0.25, 0.75]);
    const sizes = dut.heard.filter(text => /^db [0-9a-f]/.test(text)).map(text => (text.length - 3) / 2);
    expect(sizes).to.deep.equal([26, 26, 18]);
    client.detach();
  });
});
