import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { Random } from '../../../data/random.js';
import { type CascadeCase, compileCascade, runCascades } from '../../../testing/host/cascade.js';
import { hostBoard } from '../../../testing/host/program.js';
import { randomFiltered, randomWindows } from '../../../testing/model/random-filtered.js';
import type { Bundle } from '../../load.js';
import { filteredLayout, headerLayout, sectionLayout, sectionTypes } from '../../pack/blob.js';
import { packBundle } from '../../pack/bundle.js';
import { GoldenCascade, type GoldenStep } from '../golden.js';

function caseOf(bundle: Bundle, seed: number, count: number, parameter?: number): CascadeCase {
  const { blob } = packBundle(bundle, hostBoard);
  const windows = randomWindows(seed, bundle.description, count);
  return { blob, strategy: 0, parameter, windows, resets: new Set([0, Math.floor(count / 2)]) };
}

function goldenSteps(bundle: Bundle, { windows, resets, parameter }: CascadeCase): GoldenStep[] {
  const golden = new GoldenCascade(bundle, 'little-first', parameter);
  return windows.map((window, i) => {
    if (resets.has(i)) golden.reset();
    return golden.step(window);
  });
}

describe('filtered strategies in C', () => {
  let program = '';
  before(function () {
    this.timeout(60_000);
    program = compileCascade();
  });

  it('should answer as the golden interpreter on thousands of random windows, parameters and networks', function () {
    this.timeout(60_000);
    const cases = Array.from({ length: 160 }, (_, seed) => {
      const bundle = randomFiltered(seed);
      return { bundle, host: caseOf(bundle, seed, 48, seed % 4 === 0 ? seed * 6 : undefined) };
    });
    const results = runCascades(
      program,
      cases.map(({ host }) => host),
    );
    const seen = new Map<string, number>();
    let unknown = 0;
    cases.forEach(({ bundle, host }, i) => {
      const expected = goldenSteps(bundle, host);
      expect(results[i].status, bundle.description.name).to.equal(0);
      expect(results[i].steps, bundle.description.name).to.deep.equal(
        expected.map(({ label, big, nets }) => ({ label, big, nets })),
      );
      unknown += expected.filter(({ label }) => label === bundle.description.labels.length).length;
      for (const { nets } of expected) seen.set(String(nets), (seen.get(String(nets)) ?? 0) + 1);
    });
    for (const nets of [0b000, 0b001, 0b010, 0b100, 0b101]) {
      expect(seen.get(String(nets)), `windows with networks ${nets}`).to.be.greaterThan(100);
    }
    expect(unknown, 'windows answered "unknown"').to.be.greaterThan(100);
  });

  it('should answer the same when the host says of windows that they continue the ones before', function () {
    this.timeout(60_000);
    const cases = Array.from({ length: 60 }, (_, seed) => {
      const bundle = randomFiltered(seed);
      const host = caseOf(bundle, seed, 40);
      const continued = new Set<number>();
      host.windows.forEach((window, i) => {
        const half = window.length / 2;
        const even = bundle.description.window.samples % 2 === 0;
        if (i === 0 || i % 5 === 0 || !even) return;
        window.set(host.windows[i - 1].subarray(half), 0);
        continued.add(i);
      });
      return { bundle, host: { ...host, continued } };
    });
    expect(cases.filter(({ host }) => host.continued.size > 0)).to.have.length.greaterThan(30);
    const results = runCascades(
      program,
      cases.map(({ host }) => host),
    );
    cases.forEach(({ bundle, host }, i) => {
      const expected = goldenSteps(bundle, host).map(({ label, big, nets }) => ({ label, big, nets }));
      expect(results[i].steps, bundle.description.name).to.deep.equal(expected);
    });
  });

  /** Where the strategy's record lies. */
  function recordOf(blob: Uint8Array): number {
    const view = new DataView(blob.buffer);
    const count = view.getUint16(headerLayout.offsets.sectionCount, true);
    for (let i = 0; i < count; i++) {
      const at = headerLayout.bytes + i * sectionLayout.bytes;
      if (view.getUint16(at, true) === sectionTypes.strategy)
        return view.getUint32(at + sectionLayout.offsets.offset, true);
    }
    throw new Error('no strategy');
  }

  function changed(host: CascadeCase, change: (view: DataView, record: number) => void): CascadeCase {
    const blob = host.blob.slice();
    const view = new DataView(blob.buffer);
    change(view, recordOf(blob));
    view.setUint32(headerLayout.offsets.crc32, crc32(blob.subarray(headerLayout.offsets.version)), true);
    return { ...host, blob };
  }

  it('should never read or write astray on a damaged record whose checksum has been made to fit', function () {
    this.timeout(60_000);
    const random = new Random(9);
    const originals = Array.from({ length: 12 }, (_, seed) => caseOf(randomFiltered(seed), seed, 6));
    const cases = Array.from({ length: 4000 }, (_, i) =>
      changed(originals[i % originals.length], (view, record) => {
        for (let n = random.integer(1, 3); n > 0; n--)
          view.setUint8(record + random.integer(24, filteredLayout.bytes - 1), random.integer(0, 255));
      }),
    );
    const statuses = runCascades(program, cases).map(({ status }) => status);
    expect(new Set(statuses)).to.deep.equal(new Set([0, -2, -3]));
  });

  it('should refuse each number that is out of range', () => {
    const host = caseOf(randomFiltered(1), 1, 2);
    const { offsets } = filteredLayout;
    const bytes: [keyof typeof offsets, number][] = [
      ...(['staticNetwork', 'littleNetwork', 'bigNetwork'] as const).map(
        key => [key, 3] as [typeof key, number],
      ),
      ...(['acceleration', 'gyro', 'staticClasses', 'dynamicClasses'] as const).map(
        key => [key, 16] as [typeof key, number],
      ),
      ...([
        ['decimationShift', 4],
        ['lag', 0],
        ['meanShift', 32],
        ['staticCount', 0],
        ['dynamicCount', 17],
      ] as [keyof typeof offsets, number][]),
    ];
    const words: (keyof typeof offsets)[] = [
      ...(['floor', 'flipChange', 'missing', 'flat', 'sure', 'accept', 'reject'] as const),
    ];
    const cases = [
      ...bytes.map(([key, value]) => changed(host, (view, at) => view.setUint8(at + offsets[key], value))),
      ...words.map(key => changed(host, (view, at) => view.setUint16(at + offsets[key], 32769, true))),
      changed(host, (view, at) => view.setUint32(at + offsets.offsets, 0, true)),
      changed(host, (view, at) => view.setInt32(at + offsets.staticBias, 2 ** 31 - 1, true)),
      changed(host, (view, at) => view.setUint16(at + offsets.missing, 0, true)),
    ];
    expect(runCascades(program, cases).map(({ status }) => status)).to.deep.equal(cases.map(() => -3));
    expect(
      runCascades(program, [host, { ...host, parameter: 1001 }, { ...host, strategy: 1 }]).map(r => r.status),
    ).to.deep.equal([0, -101, -100]);
  });
});
