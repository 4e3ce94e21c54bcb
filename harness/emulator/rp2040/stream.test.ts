import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { GoldenCascade } from '../../model/cascade/golden.js';
import type { Bundle } from '../../model/load.js';
import { FirmwareBench, testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { randomSource } from '../../testing/model/networks.js';
import { endOfStream, FrameEncoder } from '../../wire/dut/frames.js';

const windowBytes = 4;

function frame(sequence: number, payload: Uint8Array): Uint8Array {
  const encoder = new FrameEncoder(windowBytes);
  return encoder.encode(sequence, payload, new Uint8Array(encoder.frameBytes)).slice();
}

/** Windows whose Big label changes now and then; small values, many zeros. */
function randomWindows(count: number, seed: number): Int8Array[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () =>
    Int8Array.from({ length: windowBytes }, () => (random() < 0.3 ? 0 : Math.floor(random() * 41) - 20)),
  );
}

const bytesOf = (window: Int8Array) => new Uint8Array(window.buffer, window.byteOffset, window.length);

/** `seq label path nets credits` of an answer line, without its cycle counts. */
function answerOf(line: string): string {
  const match = /^m-w (\d+) (\d+) ([gb]) ([0-9a-f]+) \d+ \d+ \d+ (\d+) \*[0-9A-F]{4}\r\n$/.exec(line);
  expect(match, JSON.stringify(line)).not.equal(null);
  return match!.slice(1, 5).join(' ');
}

type Strategies = Parameters<typeof testBundle>[0];

const distance = { ...gates.distance, channels: [...gates.distance.channels] };
const oneVsRest = { ...gates.oneVsRest, networks: [...gates.oneVsRest.networks] };

const strategies: Strategies = [
  { kind: 'hold', name: 'none', big: 'big', gate: gates.none },
  { kind: 'hold', name: 'rest', big: 'big', gate: oneVsRest },
  { kind: 'hold', name: 'pair', big: 'big', gate: gates.pair },
  { kind: 'hold', name: 'distance', big: 'big', gate: distance },
  { kind: 'hold', name: 'confidence', big: 'big', gate: gates.confidence },
  {
    kind: 'hold',
    name: 'patient',
    big: 'big',
    gate: distance,
    policy: { hysteresis: 2, refreshEvery: 7 },
  },
  { kind: 'hold', name: 'capped', big: 'big', gate: gates.pair, policy: { bigCap: 2, bigCapWindow: 6 } },
];

describe('rp2040 firmware: streaming', () => {
  let bench: FirmwareBench;
  let bundle: Bundle;

  before(async () => {
    bundle = await testBundle(strategies);
    bench = await FirmwareBench.start(testSegments(bundle));
    await bench.until('m-ready\r\n');
  });
  after(() => bench.close());

  async function enterStream(quiet = ''): Promise<number> {
    bench.send(`lf stream${quiet}%`);
    const line = await bench.until('\r\n');
    const match = /^m-lf-stream credits=(\d+) bytes=4 \*/.exec(line);
    expect(match, line).not.equal(null);
    return Number(match![1]);
  }

  async function leaveStream(windows: number): Promise<void> {
    bench.send(endOfStream);
    expect(await bench.until('m-ready\r\n')).to.match(
      new RegExp(`^m-lf-streamed windows=${windows} \\*[0-9A-F]{4}\r\nm-ready\r\n$`),
    );
  }

  function expected(
    strategy: string,
    windows: Int8Array[],
    cascade = new GoldenCascade(bundle, strategy),
  ): string[] {
    return windows.map((window, index) => {
      const { label, path, nets } = cascade.step(window);
      return `${index & 0xffff} ${label} ${path} ${nets.toString(16)}`;
    });
  }

  for (const { name } of strategies) {
    it(`should answer like the golden cascade: ${name}`, async () => {
      await bench.command(`lf strategy ${name}`);
      const windows = randomWindows(300, 7);
      const credits = await enterStream();
      const answers: string[] = [];
      for (let next = 0; answers.length < windows.length; ) {
        while (next < windows.length && next - answers.length < credits) {
          bench.send(frame(next, bytesOf(windows[next])));
          next += 1;
        }
        answers.push(answerOf(await bench.until('\r\n')));
      }
      await leaveStream(windows.length);
      expect(answers).to.deep.equal(expected(name, windows));
    });
  }

  it('should keep the cascade over the end of a stream and forget it on reset', async () => {
    await bench.command('lf strategy pair');
    const cascade = new GoldenCascade(bundle, 'pair');
    const windows = randomWindows(40, 3);
    for (const part of [windows.slice(0, 13), windows.slice(13, 26), windows.slice(26)]) {
      await enterStream();
      const want = expected('pair', part, cascade);
      for (const [index, window] of part.entries()) bench.send(frame(index, bytesOf(window)));
      const got: string[] = [];
      while (got.length < part.length) got.push(answerOf(await bench.until('\r\n')));
      await leaveStream(part.length);
      expect(got).to.deep.equal(want);
    }
    await bench.command('lf reset');
    await enterStream();
    bench.send(frame(0, bytesOf(windows[0])));
    expect(answerOf(await bench.until('\r\n'))).to.match(/^0 \d b /);
    await leaveStream(1);
  });

  it('should ask for a damaged frame again, drop what follows, and lose nothing', async () => {
    await bench.command('lf strategy none');
    const windows = randomWindows(6, 5);
    const want = expected('none', windows);
    await enterStream();
    const send = (index: number) => bench.send(frame(index, bytesOf(windows[index])));
    send(0);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[0]);

    const flipped = frame(1, bytesOf(windows[1]));
    flipped[3] ^= flipped[3] === 0x40 ? 0x20 : 0x40;
    bench.send(flipped);
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,1,(crc|length)\] \*[0-9A-F]{4}\r\n$/);
    send(2);
    send(1);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[1]);

    bench.send(frame(2, bytesOf(windows[2])).subarray(3));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,2,length\] \*/);
    bench.send(frame(2, bytesOf(windows[2])).subarray(0, 4));
    bench.send(Uint8Array.of(0));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,2,length\] \*/);
    send(2);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[2]);

    send(4);
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,3,sequence\] \*/);
    send(1);
    send(5);
    send(3);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[3]);
    bench.send(new Uint8Array(40).fill(0xa5));
    bench.send(Uint8Array.of(0));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,4,length\] \*/);
    send(4);
    send(5);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[4]);
    expect(answerOf(await bench.until('\r\n'))).to.equal(want[5]);
    await leaveStream(6);
  });

  it('should refuse more frames than it gave credits for in quiet mode, and take them when there is room', async () => {
    await bench.command('lf strategy none');
    const credits = await enterStream(' quiet');
    const windows = randomWindows(credits + 3, 9);
    const want = expected('none', windows);
    for (let index = 0; index < credits - 1; index++) bench.send(frame(index, bytesOf(windows[index])));
    bench.send(frame(credits, bytesOf(windows[credits])));
    expect(await bench.until('\r\n')).to.match(new RegExp(`^e-\\[nak,${credits - 1},sequence\\]`));
    for (let index = credits - 1; index < windows.length; index++)
      bench.send(frame(index, bytesOf(windows[index])));
    const got: string[] = [];
    while (got.length < credits) {
      const line = await bench.until('\r\n');
      if (!line.startsWith('e-[nak,')) got.push(answerOf(line));
    }
    for (let index = credits; index < windows.length; index++)
      bench.send(frame(index, bytesOf(windows[index])));
    bench.send(frame(windows.length, new Uint8Array(0)));
    while (got.length < windows.length) {
      const line = await bench.until('\r\n');
      if (!line.startsWith('e-[nak,')) got.push(answerOf(line));
    }
    expect(got).to.deep.equal(want);
    await leaveStream(windows.length);
  });
});

describe('rp2040 firmware: markers', () => {
  let bench: FirmwareBench;

  before(async () => {
    const bundle = await testBundle([
      { kind: 'hold', name: 'none', big: 'big', gate: gates.none },
      { kind: 'hold', name: 'distance', big: 'big', gate: distance },
    ]);
    bench = await FirmwareBench.start(testSegments(bundle));
    await bench.until('m-ready\r\n');
  });
  after(() => bench.close());

  const windows = [
    [9, 0, 0, 0],
    [0, 9, 0, 0],
    [0, 9, 0, 40],
  ].map(values => Int8Array.from(values));

  async function eventsOf(work: () => Promise<unknown>): Promise<string[]> {
    await bench.machine.settle();
    bench.events.length = 0;
    await work();
    await bench.machine.settle();
    return bench.events.map(({ kind, value }) => (kind === 'marker' ? String(value) : kind));
  }

  async function loadWindows(): Promise<void> {
    for (const [slot, window] of windows.entries()) {
      bench.send(`lf load ${slot}%`);
      expect(await bench.until('\r\n')).to.match(new RegExp(`^m-lf-load slot=${slot} credits=1 \\*`));
      bench.send(frame(0, bytesOf(window)));
      expect(await bench.until('m-ready\r\n')).to.match(new RegExp(`^m-lf-loaded slot=${slot} \\*`));
    }
  }

  it('should bracket every window of a loop with sleep and nothing else', async () => {
    await loadWindows();
    await bench.command('lf strategy distance 5');
    let reply = '';
    const events = await eventsOf(async () => {
      reply = await bench.command('lf loop 4 3');
    });
    const labels = crc32(Uint8Array.of(0, 1, 1, 0))
      .toString(16)
      .padStart(8, '0');
    expect(reply).to.match(
      new RegExp(`^m-lf-loop n=4 labels=${labels} cycles=\\d+ gateruns=3 bigruns=4 us=\\d+ \\*`),
    );
    const guarded = ['sleep', 'wake'];
    const window = ['1', '2', '0', ...guarded];
    /* Without its waking up for the command, and going down again while it waits for the next. */
    const ofLoop = events.slice(events.indexOf('3'), events.lastIndexOf('0') + 2);
    expect(ofLoop).to.deep.equal([
      ...['3', '0', ...guarded],
      ...window,
      ...window,
      ...window,
      ...window,
      ...['3', '0', 'sleep'],
    ]);
  });

  it('should keep the guard time before and after a window, asleep', async () => {
    await bench.command('lf guard 250');
    await bench.command('lf strategy none');
    await eventsOf(() => bench.command('lf loop 1 1'));
    const at = (kind: string, value: number) =>
      bench.events.find(event => event.kind === kind && event.value === value)!;
    const sleeps = bench.events.filter(({ kind }) => kind === 'sleep');
    const wakes = bench.events.filter(({ kind }) => kind === 'wake');
    const big = at('marker', 2);
    expect(wakes[1].timeNs - sleeps[0].timeNs).to.be.at.least(249_000);
    expect(wakes[1].cycles).to.equal(sleeps[0].cycles);
    expect(big.timeNs - sleeps[0].timeNs).to.be.at.least(250_000);
    expect(wakes[2].timeNs - sleeps[1].timeNs).to.be.at.least(249_000);
  });

  it('should count the same cycles itself as the emulator does between the markers', async () => {
    await bench.command('lf strategy none');
    let reply = '';
    await eventsOf(async () => {
      reply = await bench.command('lf loop 1 1');
    });
    const own = Number(/ cycles=(\d+) /.exec(reply)![1]);
    const markers = bench.events.filter(({ kind }) => kind === 'marker');
    const start = markers.findIndex(({ value }) => value === 2);
    expect(markers[start + 1].cycles - markers[start].cycles).to.be.within(own - 20, own + 20);
  });
});

describe('rp2040 firmware: paced line', () => {
  it('should move bytes at the baud rate in virtual time', async () => {
    const bundle = await testBundle([{ kind: 'hold', name: 'none', big: 'big', gate: gates.none }]);
    const bench = await FirmwareBench.start(testSegments(bundle), { uart: 'paced' });
    try {
      await bench.until('m-ready\r\n');
      await bench.machine.settle();
      bench.events.length = 0;
      const reply = await bench.command('name');
      await bench.machine.settle();
      const busy = bench.events.filter(({ kind }) => kind === 'marker');
      const lineNs = ((reply.length + 'm-ready\r\n'.length) * 10 * 1e9) / 115200;
      expect(busy.map(({ value }) => value)).to.deep.equal([3, 0]);
      expect(busy[1].timeNs - busy[0].timeNs).to.be.within(lineNs * 0.98, lineNs * 1.05);
      expect(await bench.command('lf baud 1000000')).to.match(/^m-lf-baud baud=1000000 \*/);
      expect(await bench.command('name')).to.equal('m-name-dut-[littlefirst-rp2040]\r\n');
      await bench.command('lf strategy none');
      bench.send('lf stream%');
      await bench.until('\r\n');
      for (let index = 0; index < 20; index++) bench.send(frame(index, Uint8Array.of(index, 0, 0, 0)));
      for (let index = 0; index < 20; index++) {
        expect(answerOf(await bench.until('\r\n'))).to.equal(`${index} 0 b 1`);
      }
      bench.send(endOfStream);
      await bench.until('m-ready\r\n');
    } finally {
      await bench.close();
    }
  });
});
