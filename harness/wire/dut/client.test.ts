import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import type { BoardClock } from '../../host/budget.js';
import { FakeDut, type FakeDutOptions } from '../../testing/dut/fake.js';
import { failure } from '../../testing/failure.js';
import { closeLink, type Link, openLink } from '../link/open.js';
import type { Budgets } from './budgets.js';
import { DutClient } from './client.js';
import type { WindowResult } from './replies.js';
import type { DutFault } from './stream.js';

/** Short enough that a test of a hang ends soon; each wait that matters ends with an answer, not with these. */
const budgets: Partial<Budgets> = {
  sync: 400,
  identity: 150,
  level: 150,
  strategy: 150,
  stream: 150,
  'stream-end': 150,
};

const windowOf = (index: number): Uint8Array =>
  new Uint8Array(8).map((_, i) => (i === 0 ? index % 5 : (index * 7 + i) & 0xff));

describe('DutClient', () => {
  let server: Server;
  const links: Link[] = [];

  beforeEach(async () => {
    server = createServer().listen(0);
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const link of links.splice(0)) await closeLink(link);
    server.close();
    await once(server, 'close');
  });

  async function connect(
    options: FakeDutOptions = {},
    boardClock?: BoardClock,
  ): Promise<{ client: DutClient; dut: FakeDut; faults: DutFault[]; link: Link }> {
    const arrived = once(server, 'connection');
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    links.push(link);
    const dut = new FakeDut((await arrived)[0], options);
    const faults: DutFault[] = [];
    return {
      client: new DutClient(link, { budgets, boardClock, onFault: fault => faults.push(fault) }),
      dut,
      faults,
      link,
    };
  }

  async function stream(client: DutClient, count: number, quiet = false): Promise<WindowResult[]> {
    const results: WindowResult[] = [];
    await client.streamWindows(
      { count, windowBytes: 8, payload: windowOf },
      { quiet, onResult: result => results.push(result) },
    );
    return results;
  }

  it('reads identity, levels, level, strategy, loop and name', async () => {
    const { client, dut } = await connect();
    dut.boot();
    await client.sync();
    expect(await client.id('c0ffee')).to.include({
      nonce: 'c0ffee',
      board: 'fake',
      windowBytes: 8,
      cycleCounter: true,
    });
    expect(await client.levels()).to.deep.equal([
      { index: 0, name: 'fast', millivolts: 1100, hertz: 133e6 },
      { index: 1, name: 'slow', millivolts: 900, hertz: 64e6 },
    ]);
    expect(await client.level(1)).to.deep.equal({
      index: 1,
      millivolts: 900,
      hertz: 64e6,
      registers: 'b0:3',
    });
    expect(await client.strategy('1BDD', 2000)).to.deep.equal({ name: '1BDD', parameter: '2000' });
    await client.guard(250);
    await client.reset();
    await client.loadSlot(3, windowOf(1));
    expect(await client.loop(9, 2)).to.deep.equal({
      windows: 9,
      labelsCrc32: 'cbf43926',
      cycles: 1000,
      gateRuns: 2,
      bigRuns: 1,
      microseconds: 2500,
    });
    expect(await client.name()).to.equal('fake');
  });

  for (const quiet of [false, true])
    it(`streams any number of windows in order${quiet ? ', quietly' : ''}`, async () => {
      const { client } = await connect();
      await client.sync();
      for (const count of [1, 3, 4, 5, 8, 103]) {
        const results = await stream(client, count, quiet);
        expect(results.map(result => result.index)).to.deep.equal([...Array(count).keys()]);
        expect(results.map(result => result.label)).to.deep.equal(results.map(({ index }) => index % 5));
      }
    });

  it('sends only the new part of a window that continues the one before, also over a line that spoils frames', async () => {
    const tailBytes = 3;
    const samples = Uint8Array.from({ length: 700 }, (_, i) => (i * 7) % 251);
    const payload = (i: number): Uint8Array => samples.subarray(i * tailBytes, i * tailBytes + 8);
    const breaks = (i: number): boolean => i % 10 === 0;
    const of = (i: number): Uint8Array | undefined => (breaks(i) ? undefined : payload(i).subarray(5));
    for (const quiet of [false, true])
      for (const every of [Number.POSITIVE_INFINITY, 400]) {
        let sent = 0;
        const bytes = (chunk: Buffer): Buffer => {
          const copy = Buffer.from(chunk);
          for (let i = 0; i < copy.length; i += 1) if (++sent % every === 0) copy[i] ^= 0x15;
          return copy;
        };
        const seen: number[][] = [];
        const label = (window: Uint8Array): number => {
          seen.push([...window]);
          return window[0];
        };
        const { client, dut } = await connect({ label });
        await client.sync();
        dut.disturb({ bytes });
        const results: WindowResult[] = [];
        const counts = await client.streamWindows(
          { count: 200, windowBytes: 8, payload, tail: { bytes: tailBytes, of } },
          { quiet, onResult: result => results.push(result) },
        );
        expect(seen).to.deep.equal(Array.from({ length: 200 }, (_, i) => [...payload(i)]));
        expect(results.map(result => result.label)).to.deep.equal(seen.map(([first]) => first));
        expect(dut.commands).to.include(`lf stream${quiet ? ' quiet' : ''} tail 3`);
        expect(counts.resentFrames > 0).to.equal(every === 400);
        expect(sent).to.be.lessThan(200 * 13);
      }
  });

  it('tells when a quiet window may have had company: not by one nak, but by a frame asked for twice', async () => {
    for (const [places, unquiet] of [
      [[], 0],
      [[20], 0],
      [[20, 50], 1],
    ] as const) {
      const { client, dut } = await connect({ credits: 8 });
      await client.sync();
      let at = 0;
      let armed = false;
      dut.disturb({
        bytes: chunk => {
          const copy = Buffer.from(chunk);
          if (armed)
            for (let i = 0; i < copy.length; i += 1)
              if ((places as readonly number[]).includes(at++)) copy[i] ^= 0x15;
          return copy;
        },
      });
      const payload = (i: number): Uint8Array => new Uint8Array(8).fill(i % 5);
      const counts = await client.streamWindows(
        { count: 32, windowBytes: 8, payload },
        {
          quiet: true,
          onResult: () => {},
          onReady: async () => {
            armed = true;
          },
        },
      );
      expect([counts.naks, counts.unquiet], places.join()).to.deep.equal([places.length, unquiet]);
    }
  });

  it('wraps the sequence number', async function () {
    this.timeout(60000);
    const { client } = await connect({ credits: 64 });
    await client.sync();
    const results = await stream(client, 65600);
    expect(results.length).to.equal(65600);
    expect(results.every(({ index, label }) => label === index % 5)).to.equal(true);
  });

  it('loses nothing on a line that flips and drops bytes on its way to the DUT', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3000), { maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        async (places, drop, quiet) => {
          let armed = false;
          let seen = 0;
          const bytes = (chunk: Buffer): Buffer => {
            if (!armed) return chunk;
            const hits = places.map(place => place - seen).filter(at => at >= 0 && at < chunk.length);
            seen += chunk.length;
            const copy = Buffer.from(chunk);
            for (const at of hits) copy[at] ^= 0x15;
            return drop ? Buffer.from([...copy].filter((_, at) => !hits.includes(at))) : copy;
          };
          const { client, dut } = await connect({ faults: { bytes } });
          await client.sync();
          const started = stream(client, 200, quiet);
          const arm = setInterval(() => {
            if (dut.commands.some(command => command.startsWith('lf stream'))) {
              armed = true;
              clearInterval(arm);
            }
          }, 0);
          const results = await started.finally(() => clearInterval(arm));
          expect(results.map(({ label }) => label)).to.deep.equal(
            [...Array(200).keys()].map(index => index % 5),
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it('drops an answer that comes twice', async () => {
    const { client, faults } = await connect({
      faults: { line: line => (line.startsWith('m-w 5 ') ? [line, line] : [line]) },
    });
    await client.sync();
    expect((await stream(client, 12)).length).to.equal(12);
    expect(faults.map(fault => fault.message)).to.deep.equal(['answer 5 came twice']);
  });

  it('refuses a stream in which an answer is missing, damaged or out of order', async () => {
    let held: string | undefined;
    const swap = (line: string): string[] => {
      if (line.startsWith('m-w 5 ')) {
        held = line;
        return [];
      }
      return line.startsWith('m-w 6 ') && held ? [line, held] : [line];
    };
    for (const line of [
      (text: string) => (text.startsWith('m-w 5 ') ? [] : [text]),
      (text: string) => [text.startsWith('m-w 5 ') ? text.replace(' g ', ' b ') : text],
      swap,
    ]) {
      const { client } = await connect({ faults: { line } });
      await client.sync();
      expect((await failure(stream(client, 12))).code).to.equal('LF_DUT_REPLY');
    }
  });

  it('recovers after a refused stream: sync, then the same stream again', async () => {
    let spoilt = false;
    const line = (text: string): string[] => {
      if (spoilt || !text.startsWith('m-w 5 ')) return [text];
      spoilt = true;
      return [];
    };
    const { client } = await connect({ faults: { line } });
    await client.sync();
    expect((await failure(stream(client, 12))).code).to.equal('LF_DUT_REPLY');
    await client.sync();
    expect((await stream(client, 12)).length).to.equal(12);
  });

  it('asks again when a reply is damaged, and says so', async () => {
    let damaged = 0;
    const line = (text: string): string[] => {
      if (!text.startsWith('m-lf-level ') || damaged++ > 0) return [text];
      return [text.replace('mv=9', 'mv=8')];
    };
    const { client, faults } = await connect({ faults: { line } });
    await client.sync();
    expect((await client.level(1)).millivolts).to.equal(900);
    expect(faults.map(fault => fault.code)).to.deep.equal(['LF_DUT_REPLY']);
  });

  it('does not take the reply of another command for its own', async () => {
    const { client } = await connect({
      faults: { line: line => (line.startsWith('m-lf-strategy') ? [line.replace('1B6S', '1BDD')] : [line]) },
    });
    await client.sync();
    expect((await failure(client.strategy('1B6S'))).code).to.equal('LF_DUT_REPLY');
  });

  it('skips a stale banner and old output, however much', async () => {
    const { client, dut } = await connect();
    for (let i = 0; i < 50; i += 1) {
      dut.boot();
      dut.sayChecked('m-lf-id nonce=0ld protocol=1 board=other');
      dut.sayChecked(`m-w ${i} 0 g 1 1 1 1 1`);
    }
    expect((await client.sync()).board).to.equal('fake');
    expect((await client.level(0)).hertz).to.equal(133e6);
  });

  it('asks an emulated board only once, however long it computes its answer and however slowly the host', async () => {
    const held: string[] = [];
    const line = (text: string): string[] => {
      held.push(text);
      return [];
    };
    const { client, dut, link } = await connect({ faults: { line } });
    client.detach();
    let at = 0;
    const boardClock = (): number => {
      at += 400;
      if (at > 4000) {
        dut.disturb({});
        for (const text of held.splice(0)) dut.say(text);
      }
      return at;
    };
    expect((await new DutClient(link, { boardClock }).sync()).board).to.equal('fake');
    expect(dut.commands.filter(command => command.startsWith('lf id'))).to.have.length(1);
  });

  it('sends no window of a quiet batch before the one before is answered whole', async () => {
    const { client, dut } = await connect({ credits: 4 });
    await client.sync();
    const inFlight: number[] = [];
    let answered = 0;
    await client.streamWindows(
      {
        count: 30,
        windowBytes: 8,
        payload: index => {
          inFlight.push(index - answered);
          return windowOf(index);
        },
      },
      {
        quiet: true,
        onResult: () => {
          answered += 1;
        },
      },
    );
    expect(dut.credits).to.equal(4);
    expect(inFlight).to.deep.equal(Array.from({ length: 30 }, (_, index) => index % 4));
  });

  it('never believes an identity with another nonce', async () => {
    const line = (text: string): string[] => {
      if (!text.startsWith('m-lf-id ')) return [text];
      dut.sayChecked('m-lf-i nonce=feed');
      return [];
    };
    const { client, dut } = await connect({ faults: { line } });
    expect((await failure(client.sync())).code).to.equal('LF_DUT_TIMEOUT');
  });

  it('names the phase when a board is silent, hangs in a stream, or babbles', async () => {
    const silent = await connect({ faults: { silent: true } });
    const sync = await failure(silent.client.sync());
    expect([sync.code, sync.detail.fields?.phase]).to.deep.equal(['LF_DUT_TIMEOUT', 'sync']);

    const faults = {
      silent: false,
      line: (text: string) => {
        if (text.startsWith('m-w 7 ')) faults.silent = true;
        return [text];
      },
    };
    const hung = await connect({ faults });
    await hung.client.sync();
    const hang = await failure(stream(hung.client, 30));
    expect([hang.code, hang.detail.fields?.phase]).to.deep.equal(['LF_DUT_TIMEOUT', 'stream']);

    const babbling = await connect({
      faults: { line: line => (line.startsWith('m-w') ? ['\u00ff\u0001 noise'] : [line]) },
    });
    await babbling.client.sync();
    expect((await failure(stream(babbling.client, 200))).code).to.be.oneOf([
      'LF_DUT_REPLY',
      'LF_DUT_TIMEOUT',
    ]);
  });

  it('lets a board log as long as it answers, sums the lines up, and ends a stream that only logs', async () => {
    const chatty = await connect({
      faults: { line: line => (line.startsWith('m-w') ? ['[t] heartbeat', 'I (1) tick', line] : [line]) },
    });
    await chatty.client.sync();
    expect(await stream(chatty.client, 300)).to.have.length(300);
    const told = chatty.faults.filter(({ isDetail }) => isDetail !== true);
    expect(told.map(({ message }) => message)).to.deep.equal(['600 lines of the stream were no answers']);
    expect(chatty.faults.filter(({ isDetail }) => isDetail)).to.have.length(600);

    const { client, dut } = await connect({
      faults: { line: line => (line.startsWith('m-w') ? [] : [line]) },
    });
    await client.sync();
    const timer = setInterval(() => dut.say('[t] heartbeat'), 20);
    try {
      const error = await failure(stream(client, 30));
      expect([error.code, error.detail.fields?.phase]).to.deep.equal(['LF_DUT_TIMEOUT', 'stream']);
    } finally {
      clearInterval(timer);
    }
  });

  it('says what it saw on a line that is not right', async () => {
    const echo = await connect({ faults: { silent: true } });
    echo.dut.echo();
    expect((await failure(echo.client.sync())).message).to.match(/the line echoes.*local echo/s);

    const deaf = await connect({ faults: { silent: true } });
    expect((await failure(deaf.client.sync())).message).to.match(/not a byte came.*RX and TX/s);

    const arrived = once(server, 'connection');
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    links.push(link);
    const [socket] = await arrived;
    socket.resume().end('Port already in use\r\n');
    const busy = await failure(new DutClient(link, { budgets }).sync());
    expect(busy.code).to.equal('LF_LINK_BUSY');
    expect(busy.message).to.contain('kickolduser');
  });

  const eaters: [what: string, eats: (byte: number) => number[], seen: RegExp][] = [
    ['XON/XOFF', byte => (byte === 0x11 || byte === 0x13 ? [] : [byte]), /XON\/XOFF eats bytes.*-ixon/s],
    ['seven data bits', byte => [byte & 0x7f], /seven data bits.*8N1/s],
    ['telnet', byte => (byte === 0xff ? [] : [byte]), /telnet server.*rfc2217/s],
  ];
  for (const [what, eats, seen] of eaters)
    it(`says that it is ${what} that lets a frame not through`, async () => {
      const { client } = await connect({
        faults: { bytes: chunk => Buffer.from([...chunk].flatMap(eats)) },
      });
      await client.sync();
      /* Plain frames first; then one that holds what the line does not let through. */
      const payload = (index: number): Uint8Array =>
        new Uint8Array(8).fill(index < 20 ? 0x20 + index : what === 'XON/XOFF' ? 0x13 : 0xff);
      const passes = (index: number): Uint8Array =>
        what === 'telnet' && index < 20 ? payload(index).fill(0x90) : payload(index);
      const error = await failure(
        client.streamWindows({ count: 30, windowBytes: 8, payload: passes }, { onResult: () => {} }),
      );
      expect(error.code).to.equal('LF_DUT_REPLY');
      expect(error.message).to.match(seen);
    });

  for (const probe of ['AT\r', 'AT+GCAP\r\n', '\x01\x0c\0\0\0\x02', '~\x01\xff~'])
    it(`gets over ${JSON.stringify(probe)} that another program writes into any command`, async () => {
      const use: [string, (client: DutClient) => Promise<unknown>][] = [
        ['lf id', client => client.id('c0ffee')],
        ['lf level 1', client => client.level(1)],
        ['lf strategy', client => client.strategy('1B6S')],
        ['lf load', client => client.loadSlot(1, windowOf(1))],
        ['lf loop', client => client.loop(3)],
        ['lf stream', client => stream(client, 9, true)],
        ['name', client => client.name()],
      ];
      for (const [command, act] of use) {
        let isArmed = false;
        const bytes = (chunk: Buffer) => {
          if (!isArmed || !chunk.toString('latin1').startsWith(command)) return chunk;
          isArmed = false;
          return Buffer.concat([Buffer.from(probe, 'latin1'), chunk]);
        };
        const { client } = await connect({ faults: { bytes } });
        await client.sync();
        isArmed = true;
        await act(client);
        expect(isArmed, command).to.equal(false);
      }
    });

  it('waits for an emulated board as long as it gets on, however slow it is', async () => {
    let looks = 0;
    const held: string[] = [];
    const patient = 5;
    const clock = (): number => {
      if (held.length > 0) {
        looks += 1;
        if (looks === patient) for (const line of held.splice(0)) slow.dut.say(line);
      }
      return looks;
    };
    const line = (text: string): string[] => {
      if (looks >= patient || !text.startsWith('m-w ')) return [text];
      held.push(text);
      return [];
    };
    const slow = await connect({ faults: { line } }, clock);
    await slow.client.sync();
    expect((await stream(slow.client, 12)).length).to.equal(12);
    expect(looks).to.equal(patient);
    expect(slow.faults).to.deep.equal([]);
  });

  it('gives up an emulated board that computes for ever', async () => {
    const faults = { silent: false, line: (text: string) => [text] };
    let time = 0;
    const clock = (): number => {
      if (faults.silent) time += 40;
      return time;
    };
    const hung = await connect({ faults }, clock);
    await hung.client.sync();
    faults.line = text => {
      if (text.startsWith('m-w 7 ')) faults.silent = true;
      return [text];
    };
    const error = await failure(stream(hung.client, 30));
    expect([error.code, error.detail.fields?.phase]).to.deep.equal(['LF_DUT_TIMEOUT', 'stream']);
    expect(error.message).to.match(/emulated board's time/);
    expect(hung.faults.length).to.be.greaterThan(0);
  });

  it('ends a wait at once when the line breaks', async () => {
    const { client, dut } = await connect({
      faults: {
        line: line => {
          if (line.startsWith('m-w 3 ')) dut.hangUp();
          return [line];
        },
      },
    });
    await client.sync();
    expect((await failure(stream(client, 30))).code).to.equal('LF_LINK_LOST');
  });

  it('notices that the board restarted', async () => {
    const { client, dut } = await connect({
      faults: {
        line: line => {
          if (line.startsWith('m-w 3 ')) dut.boot();
          return [line];
        },
      },
    });
    await client.sync();
    const error = await failure(stream(client, 30));
    expect(error.code).to.equal('LF_DUT_REPLY');
    expect(error.message).to.match(/restarted/);
  });

  it('passes on what the DUT refuses', async () => {
    const { client } = await connect();
    await client.sync();
    const error = await failure(client.level(7));
    expect([error.code, error.detail.fields?.dutCode]).to.deep.equal(['LF_DUT_ERROR', 'range']);
  });

  it('refuses windows of another size than the DUT expects', async () => {
    const { client } = await connect({ windowBytes: 16 });
    await client.sync();
    expect((await failure(stream(client, 3))).code).to.equal('LF_DUT_REPLY');
  });
});
