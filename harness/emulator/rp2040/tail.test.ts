import { expect } from 'chai';
import { GoldenCascade } from '../../model/cascade/golden.js';
import type { Bundle } from '../../model/load.js';
import { FirmwareBench, testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { randomSource } from '../../testing/model/networks.js';
import { endOfStream, FrameEncoder } from '../../wire/dut/frames.js';

const windowBytes = 4;
const distance = { ...gates.distance, channels: [...gates.distance.channels] };

function frame(sequence: number, payload: Int8Array): Uint8Array {
  const encoder = new FrameEncoder(windowBytes);
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.length);
  return encoder.encode(sequence, bytes, new Uint8Array(encoder.frameBytes)).slice();
}

/** Windows each of which begins `stride` values after the one before, as in a recording. */
function recording(count: number, stride: number, seed: number): Int8Array[] {
  const random = randomSource(seed);
  const values = Int8Array.from({ length: count * stride + windowBytes }, () =>
    random() < 0.3 ? 0 : Math.floor(random() * 41) - 20,
  );
  return Array.from({ length: count }, (_, i) => values.slice(i * stride, i * stride + windowBytes));
}

describe('rp2040 firmware: windows that continue the one before', () => {
  let bench: FirmwareBench;
  let bundle: Bundle;

  before(async () => {
    bundle = await testBundle([{ kind: 'hold', name: 'distance', big: 'big', gate: distance }]);
    bench = await FirmwareBench.start(testSegments(bundle));
    await bench.until('m-ready\r\n');
  });
  after(() => bench.close());

  async function enter(stride: number, quiet = ''): Promise<number> {
    await bench.command('lf strategy distance');
    bench.send(`lf stream${quiet} tail ${stride}%`);
    const match = new RegExp(`^m-lf-stream credits=(\\d+) bytes=4 tail=${stride} \\*`).exec(
      await bench.until('\r\n'),
    );
    return Number(match?.[1]);
  }

  async function leave(): Promise<void> {
    bench.send(endOfStream);
    await bench.until('m-ready\r\n');
  }

  /** Label, path and networks of each answer, as in `m-w seq label path nets ...`. */
  async function answers(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push((await bench.until('\r\n')).split(' ').slice(0, 5).join(' '));
    return lines;
  }

  function expected(windows: readonly Int8Array[]): string[] {
    const cascade = new GoldenCascade(bundle, 'distance');
    return windows.map((window, i) => {
      const { label, path, nets } = cascade.step(window);
      return `m-w ${i} ${label} ${path} ${nets.toString(16)}`;
    });
  }

  for (const stride of [1, 2, 3])
    for (const quiet of ['', ' quiet'])
      it(`should answer as to whole windows, ${stride} of 4 values new${quiet}`, async () => {
        const windows = recording(200, stride, stride);
        const credits = await enter(stride, quiet);
        const got: string[] = [];
        for (let from = 0; from < windows.length; from += credits) {
          const batch = windows.slice(from, from + credits);
          batch.forEach((window, i) => {
            const whole = (from + i) % 7 === 0;
            bench.send(frame(from + i, whole ? window : window.subarray(windowBytes - stride)));
          });
          if (quiet !== '' && batch.length < credits)
            bench.send(frame(from + batch.length, new Int8Array(0)));
          got.push(...(await answers(batch.length)));
        }
        await leave();
        expect(got).to.deep.equal(expected(windows));
      });

  it('should take a tail again after it came damaged, and the right one after others were refused', async () => {
    const windows = recording(4, 2, 11);
    const tails = windows.map((window, i) => frame(i, i === 0 ? window : window.subarray(2)));
    await enter(2);
    bench.send(tails[0]);
    const got = await answers(1);
    const flipped = tails[1].slice();
    flipped[3] ^= flipped[3] === 0x40 ? 0x20 : 0x40;
    bench.send(flipped);
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,1,(crc|length)\] /);
    for (const i of [2, 1, 3]) bench.send(tails[i]);
    got.push(...(await answers(1)));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,2,sequence\] /);
    for (const i of [1, 2, 3]) bench.send(tails[i]);
    got.push(...(await answers(2)));
    await leave();
    expect(got).to.deep.equal(expected(windows));
  });

  it('should refuse a tail that nothing precedes, and one where none was agreed', async () => {
    await enter(2);
    bench.send(frame(0, Int8Array.of(1, 2)));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,0,length\] /);
    await leave();
    bench.send('lf stream%');
    await bench.until('\r\n');
    bench.send(frame(0, Int8Array.of(1, 2, 3, 4)));
    await answers(1);
    bench.send(frame(1, Int8Array.of(1, 2)));
    expect(await bench.until('\r\n')).to.match(/^e-\[nak,1,length\] /);
    await leave();
  });

  it('should refuse a tail as long as the window, of nothing, or not said', async () => {
    for (const bytes of ['0', '4', '5'])
      expect(await bench.command(`lf stream tail ${bytes}`)).to.match(/^e-\[lf,range,/);
    for (const words of ['tail', 'tail x', 'quiet tail', 'loud'])
      expect(await bench.command(`lf stream ${words}`)).to.match(/^e-\[lf,usage,/);
  });
});
