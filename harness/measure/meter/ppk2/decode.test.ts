import { expect } from 'chai';
import type { SampleChunk } from '../meter.js';
import { Ppk2Decoder } from './decode.js';
import { nominalPpk2Ranges } from './metadata.js';

/** One sample as the instrument sends it. */
function word(adc: number, range: number, counter: number, logic: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(adc | (range << 14) | ((counter & 63) << 18) | (logic << 24));
  return bytes;
}

function decode(bytes: Buffer, spikeFilter = false, cut = bytes.length) {
  const chunks: SampleChunk[] = [];
  const decoder = new Ppk2Decoder({
    ranges: [
      { R: 1000, GS: 0.5, GI: 1.1, O: 40, S: 1e-6, I: -2e-7, UG: 0.9 },
      ...nominalPpk2Ranges().slice(1),
    ],
    supplyMillivolts: 3000,
    spikeFilter,
    onChunk: chunk => chunks.push(chunk),
  });
  for (let i = 0; i < bytes.length; i += cut) decoder.push(bytes.subarray(i, i + cut));
  decoder.finish();
  return { chunks, decoder, amps: chunks.flatMap(chunk => [...chunk.current]) };
}

/** A stream whose samples differ, so that a shifted one would show. */
const stream = (count: number, logic = (i: number) => (i >> 5) & 3) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => word(500 + ((i * 37) % 90), 1, i, logic(i))));

/** Every sample that was delivered, by its number. */
function placed(chunks: readonly SampleChunk[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const { startNs, periodNs, logic, current, range } of chunks)
    for (let i = 0; i < logic.length; i += 1)
      found.set(
        Math.round(startNs / periodNs) + i,
        `${current[i]} A, lines ${logic[i]}, range ${range?.[i]}`,
      );
  return found;
}

/** Whatever was delivered must be what the whole stream says. */
function expectTruth(chunks: readonly SampleChunk[], whole: Map<number, string>, context: string): void {
  for (const [i, sample] of placed(chunks)) expect(sample, `${context}: sample ${i}`).to.equal(whole.get(i));
  expect(placed(chunks).has(whole.size - 1), context).to.equal(true);
}

describe('PPK2 samples', () => {
  it('should follow the calibration formula of the range', () => {
    const adc = 1234;
    const x = ((adc * 4 - 40) * (1.8 / 163840)) / 1000;
    const expected = 0.9 * (x * (0.5 * x + 1.1) + 1e-6 * 3 - 2e-7);
    const { amps, chunks } = decode(word(adc, 0, 0, 0x83));
    expect(amps[0]).to.be.closeTo(expected, 1e-15);
    expect(chunks[0].logic[0]).to.equal(0x83);
    expect(chunks[0].range?.[0]).to.equal(0);
  });

  it('should decode the same however the bytes are cut', () => {
    const bytes = Buffer.concat(Array.from({ length: 50 }, (_, i) => word(100 + i, 1 + (i % 4), i, i & 3)));
    for (const cut of [1, 2, 3, 5, 7, 64])
      expect(decode(bytes, false, cut).amps).to.deep.equal(decode(bytes).amps);
  });

  it('should count every gap that the counter shows, and shift time by it', () => {
    for (let gap = 1; gap <= 63; gap += 1) {
      const { decoder, chunks } = decode(Buffer.concat([word(9, 1, 5, 0), word(9, 1, 6 + gap, 0)]));
      expect(decoder.lostSamples).to.equal(gap);
      expect(chunks[1].startNs).to.equal((1 + gap) * 10_000);
    }
  });

  it('should find samples again after any byte is lost, count it, and show no wrong marker', () => {
    const whole = stream(400);
    const truth = placed(decode(whole).chunks);
    for (let at = 40; at < 56; at += 1)
      for (const count of [1, 2, 3, 5, 21]) {
        const bytes = Buffer.concat([whole.subarray(0, at), whole.subarray(at + count)]);
        for (const cut of [bytes.length, 1, 64]) {
          const { decoder, chunks } = decode(bytes, false, cut);
          const context = `${count} bytes from ${at} on, cut by ${cut}`;
          expectTruth(chunks, truth, context);
          expect(decoder.samples + decoder.lostSamples, context).to.equal(400);
          const broken = Math.ceil((at + count) / 4) - Math.floor(at / 4);
          expect(decoder.lostSamples, context).to.be.within(1, broken + 2);
          expect(decoder.realignments, context).to.equal(1);
        }
      }
  });

  it('should find samples again behind surplus bytes', () => {
    const whole = stream(200);
    const truth = placed(decode(whole).chunks);
    for (const surplus of ['\n', 'x\r', 'abc', 'hello']) {
      for (let at = 200; at < 204; at += 1) {
        const bytes = Buffer.concat([whole.subarray(0, at), Buffer.from(surplus), whole.subarray(at)]);
        const { decoder, chunks } = decode(bytes);
        expectTruth(chunks, truth, `${JSON.stringify(surplus)} at ${at}`);
        expect(decoder.samples + decoder.lostSamples).to.equal(200);
        expect(decoder.lostSamples).to.be.at.most(3);
      }
    }
  });

  it('should lose nothing to the end of another message before the first sample', () => {
    const { decoder, chunks } = decode(Buffer.concat([Buffer.from('\n'), stream(100)]));
    expect(decoder.lostSamples).to.equal(0);
    expect(chunks[0].startNs).to.equal(0);
    expect(decoder.samples).to.be.at.least(99);
  });

  it('should take time in proportion to garbage, and stay bounded', () => {
    const garbage = (length: number) =>
      Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255));
    const cpu = (bytes: Buffer) => {
      const decoder = new Ppk2Decoder({
        ranges: nominalPpk2Ranges(),
        supplyMillivolts: 3000,
        spikeFilter: false,
        onChunk: () => {},
      });
      const before = process.cpuUsage();
      decoder.push(bytes);
      decoder.finish();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    cpu(garbage(100_000));
    const [short, long] = [cpu(garbage(200_000)), cpu(garbage(1_600_000))];
    expect(long, `${short} s for an eighth`).to.be.below(8 * 4 * Math.max(short, 0.02));
  });

  it('should name a range that does not exist not a number', () => {
    const { amps, decoder } = decode(Buffer.concat([word(9, 1, 0, 0), word(9, 6, 1, 0)]));
    expect(amps[1]).to.be.NaN;
    expect(decoder.badRanges).to.equal(1);
  });

  it('should smooth three samples after a range change only when asked to', () => {
    const bytes = Buffer.concat([
      ...Array.from({ length: 8 }, (_, i) => word(1000, 1, i, 0)),
      ...Array.from({ length: 8 }, (_, i) => word(1000, 2, 8 + i, 0)),
    ]);
    const plain = decode(bytes);
    const smooth = decode(bytes, true);
    const [low, high] = [plain.amps[7], plain.amps[8]];
    expect(smooth.amps.slice(0, 8)).to.deep.equal(plain.amps.slice(0, 8));
    expect(smooth.amps[8]).to.be.closeTo(low + 0.18 * (high - low), 1e-12);
    expect(smooth.amps[9]).to.be.closeTo(low + (1 - 0.82 ** 2) * (high - low), 1e-12);
    expect(smooth.amps[11]).to.equal(high);
    expect(plain.decoder.rangeSwitches).to.equal(1);
  });
});
