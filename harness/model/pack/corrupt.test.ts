import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { compileEngine, type HostCase, runOnHost } from '../../testing/host/pack.js';
import { hostBoard } from '../../testing/host/program.js';
import { randomCase } from '../../testing/model/random-bundle.js';
import { headerLayout } from './blob.js';
import { packBundle } from './bundle.js';

/** A good blob with one window for it. */
function goodCase(seed: number): HostCase {
  const { network, description } = randomCase(seed, { maxSamples: 8, maxFilters: 4 });
  const { blob } = packBundle({ description, networks: [{ network }] }, hostBoard);
  const windowBytes = description.window.samples * description.window.channels.length;
  return { blob, network: 0, windows: [new Uint8Array(windowBytes)], windowBytes };
}

const codes = { absent: -1, format: -2, damaged: -3, kernel: -4 };

describe('engine in C on corrupted blobs', () => {
  let program = '';
  before(function () {
    this.timeout(60_000);
    program = compileEngine();
  });

  function openStatus(change: (blob: Uint8Array, view: DataView) => Uint8Array | undefined): number {
    const good = goodCase(1);
    const blob = good.blob.slice();
    const changed = change(blob, new DataView(blob.buffer)) ?? blob;
    return runOnHost(program, [{ ...good, blob: changed }])[0].status;
  }

  it('should refuse any single flipped bit', () => {
    const good = goodCase(2);
    const random = new Random(2);
    const cases = Array.from({ length: 1500 }, () => {
      const blob = good.blob.slice();
      blob[random.integer(0, blob.length - 1)] ^= 1 << random.integer(0, 7);
      return { ...good, blob };
    });
    const statuses = new Set(runOnHost(program, cases).map(({ status }) => status));
    expect([...statuses].every(status => status < 0)).to.equal(true);
    expect(statuses.has(codes.damaged)).to.equal(true);
  });

  it('should refuse truncated, foreign and empty blobs', () => {
    expect(openStatus(() => undefined)).to.equal(0);
    expect(openStatus(blob => blob.slice(0, blob.length - 4))).to.equal(codes.damaged);
    expect(openStatus(blob => blob.slice(0, 40))).to.equal(codes.absent);
    expect(openStatus(blob => blob.fill(0xff))).to.equal(codes.absent);
    expect(openStatus((_, view) => void view.setUint16(headerLayout.offsets.version, 99, true))).to.equal(
      codes.format,
    );
  });

  it('should never read or write astray, even when the checksum has been made to fit', function () {
    this.timeout(60_000);
    const random = new Random(3);
    const originals = Array.from({ length: 40 }, (_, seed) => goodCase(seed));
    const cases = Array.from({ length: 4000 }, (_, i) => {
      const good = originals[i % originals.length];
      const blob = good.blob.slice();
      const view = new DataView(blob.buffer);
      for (let n = random.integer(1, 3); n > 0; n--) {
        const at = random.integer(headerLayout.offsets.version, blob.length - 1);
        blob[at] =
          random.integer(0, 1) === 0 ? random.integer(0, 255) : blob[at] ^ (1 << random.integer(0, 7));
      }
      view.setUint32(headerLayout.offsets.crc32, crc32(blob.subarray(headerLayout.offsets.version)), true);
      return { ...good, blob };
    });
    const statuses = runOnHost(program, cases).map(({ status }) => status);
    for (const code of [0, codes.format, codes.damaged, codes.kernel]) expect(statuses).to.include(code);
  });
});
