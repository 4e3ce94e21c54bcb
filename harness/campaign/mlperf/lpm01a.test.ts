import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { main } from '../../cli/main.js';
import { type RunRecord, runRecordSchema } from '../../record/run-record.js';
import { makeMlperfBench } from '../../testing/bench/mlperf.js';

/** Median energy of an inference by a meter, microjoules, and what was said of the block. */
async function measured(meter: object): Promise<{ block: RunRecord['blocks'][number]; record: RunRecord }> {
  const bench = await makeMlperfBench(2, {
    modes: [{ mode: 'energy', before: ['lf regime energy'], warmups: 0, loops: 2 }],
    minimumSeconds: 0.2,
    meter,
  });
  try {
    const out = new PassThrough();
    const chunks: Buffer[] = [];
    out.on('data', (chunk: Buffer) => chunks.push(chunk));
    const run = join(bench.folder, 'run');
    const code = await main(['node', 'littlefirst', 'run', bench.benchFile, '--out', run], {
      out,
      err: out,
      cwd: bench.folder,
      signal: new AbortController().signal,
    });
    if (code >= 3) throw new Error(Buffer.concat(chunks).toString());
    const record = runRecordSchema.parse(JSON.parse(await readFile(join(run, 'run.json'), 'utf8')));
    return { block: record.blocks[0], record };
  } finally {
    await bench.remove();
  }
}

describe('protocol mlperf-tiny with an emulated LPM01A', function () {
  this.timeout(600_000);

  /* 10 kHz is more than text has without end (a second of it): the driver then measures at 5 kHz (driver.test.ts), and the run says so. */
  it("sees the DUT's pulses at 1 and 5 kHz, and where 10 kHz are asked for, as current and as energy, though they are shorter than a sample", async () => {
    const exact = (await measured({ driver: 'direct' })).block.mlperf!.energyMedian_uJ!.value;
    for (const [sampleRateHz, lpm01aOutput] of [
      [1000, 'current'],
      [5000, 'energy'],
      [10_000, 'current'],
    ] as const) {
      const { block, record } = await measured({
        driver: 'lpm01a',
        sampleRateHz,
        settings: { lpm01aOutput },
      });
      expect(block.valid, `${sampleRateHz} Hz`).to.equal(true);
      const { value } = block.mlperf!.energyMedian_uJ!;
      expect(value / exact, `${sampleRateHz} Hz`).to.be.closeTo(1, 0.02);
      const { meter } = record.provenance;
      expect(meter.sampleRateHz).to.equal(Math.min(sampleRateHz, 5000));
      expect(meter.askedSampleRateHz).to.equal(sampleRateHz > 5000 ? sampleRateHz : undefined);
      const warnings = record.faults.filter(({ message }) => /cannot sample at 10 kHz.* 5 kHz/.test(message));
      expect(warnings).to.have.length(sampleRateHz > 5000 ? 1 : 0);
    }
  });
});
