import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { emulatedInstruments } from '../emulator/instruments/open.js';
import { type Served, serveTcp, serveTerminal } from '../emulator/instruments/serve.js';
import { createSupply } from '../emulator/supply.js';
import type { MeterDriverName } from '../measure/meter/open.js';
import { packagePath } from '../package-root.js';
import { readJournal } from '../record/journal/journal.js';
import { type Measured, measureCampaign, prepareCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { codeOf, failure } from '../testing/failure.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { replayRun } from '../verdict/replay.js';
import { segmentsOf } from './open/dut.js';
import { createMachine } from './open/machines.js';

/** An emulated board and instrument that are reached as real ones are: by a socket or a terminal each. */
class RemoteBench {
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(readonly bench: TestBench) {}

  static async make(
    driver: MeterDriverName,
    by: 'tcp' | 'terminal',
    meter: Record<string, unknown> = {},
  ): Promise<RemoteBench> {
    const bench = await TestBench.make({
      bundles: [packagePath('fixtures', 'bundles', 'paper')],
      levels: ['24MHz'],
      strategies: ['big-only'],
      data: { set: 'synthetic', windows: 40, seed: 3 },
      guardMicroseconds: 3137,
    });
    const remote = new RemoteBench(bench);
    const { duts } = await prepareCampaign(bench);
    const [dut] = duts;
    const { machine } = await createMachine(dut.board, {
      levelHz: dut.boardLevels.map(level => level.hertz.value),
      flashWaitStates: dut.boardLevels.map(level => level.flashWaitStates.value),
    });
    remote.closers.push(() => machine.close());
    await machine.load(segmentsOf(dut, dut.bundles[0].blob));
    await machine.reset();
    const supply = createSupply(dut.chip, dut.boardLevels);
    machine.onPower(events => supply.push(events));
    const errors = driver === 'ppk2' ? { ppk2Errors: { clock: 3e-5 } } : {};
    const instrument = () =>
      emulatedInstruments[driver]({
        source: supply,
        settle: () => machine.settle(),
        power: async () => {},
        ...errors,
      }).port;
    const serve = async (create: () => Duplex, name: string): Promise<Served> => {
      const served =
        by === 'tcp' ? await serveTcp(create, 0) : await serveTerminal(create, join(bench.folder, name));
      remote.closers.push(served.close);
      return served;
    };
    const board = await serve(() => machine.uart, 'ttyBoard');
    const served = await serve(instrument, 'ttyMeter');
    const file = parse(await readFile(bench.benchFile, 'utf8'));
    await writeFile(
      bench.benchFile,
      stringify({
        ...file,
        link: board.address,
        flasher: 'none',
        meter: { driver, link: served.address, ...meter },
      }),
    );
    return remote;
  }

  run(): Promise<Measured> {
    return measureCampaign(this.bench);
  }

  async close(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    await this.bench.remove();
  }
}

describe('a bench of real links', function () {
  this.timeout(180_000);

  for (const [driver, by, meter] of [
    ['ppk2', 'tcp', {}],
    ['ppk2', 'terminal', { record: false }],
    ['otii', 'tcp', {}],
    ['lpm01a', 'tcp', {}],
  ] as const)
    it(`measures a campaign through ${driver} by ${by}, and never calls it measured where the instrument is emulated`, async () => {
      const remote = await RemoteBench.make(driver, by, meter);
      try {
        const { record, folder } = await remote.run();
        expect(record.blocks.map(({ windows, valid }) => [windows, valid])).to.deep.equal([[40, true]]);
        expect(record.provenance.meter).to.include({ driver, emulated: true });
        expect(record.provenance.energy).to.equal('modelled');
        const target = await remote.bench.runFolder();
        const isRecorded = !('record' in meter);
        const replay = replayRun(folder, target, 'again');
        if (!isRecorded) {
          await failure(replay, 'LF_RUN_MISSING');
          return;
        }
        // A board behind a link is measured in two mirrored passes.
        expect(await replay).to.deep.include({ replayed: 2, kept: 0, largestDifference: 0 });
        expect(evaluate(await readJournal(target)).provenance.energy).to.equal('replayed');
      } finally {
        await remote.close();
      }
    });

  it('refuses another meter than the one that the bench names', async () => {
    const remote = await RemoteBench.make('ppk2', 'tcp', { serial: 'C0FFEE' });
    try {
      const error = await failure(remote.run(), 'LF_METER_OPEN');
      expect(error.message).to.match(/C0FFEE/);
    } finally {
      await remote.close();
    }
  });

  it('refuses an emulated meter on a real board, and a real meter on an emulated one', async () => {
    for (const [link, meter] of [
      ['tcp:127.0.0.1:9', { driver: 'ppk2' }],
      ['tcp:127.0.0.1:9', { driver: 'direct' }],
      ['emulated:', { driver: 'ppk2', link: 'tcp:127.0.0.1:9' }],
      ['tcp:127.0.0.1:9', { driver: 'ppk2', link: 'tcp:127.0.0.1:9', errors: { gain: 0.1 } }],
    ] as const) {
      const bench = await TestBench.make({ link, flasher: link === 'emulated:' ? 'auto' : 'none', meter });
      try {
        const campaign = await prepareCampaign(bench);
        const code = await codeOf(measureCampaign(bench, {}, campaign));
        expect(code, JSON.stringify(meter)).to.equal('LF_CONFIG_INVALID');
      } finally {
        await bench.remove();
      }
    }
  });
});
