import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { expect } from 'chai';
import { openTerminal } from '../../emulator/instruments/terminal.js';
import { EmulatedInterfaceBoard } from '../../emulator/interface-board.js';
import { createRp2040Machine } from '../../emulator/rp2040/machine.js';
import { loadBundle } from '../../model/load.js';
import { sig } from '../../record/format.js';
import { readJournal } from '../../record/journal/journal.js';
import type { BlockStartRecord } from '../../record/journal/records.js';
import { type RunRecord, runRecordSchema } from '../../record/run-record.js';
import { type MlperfTestBench, makeMlperfBench } from '../../testing/bench/mlperf.js';
import { littlefirst } from '../../testing/cli.js';
import { testLevels, testSegments } from '../../testing/dut/rp2040.js';
import { firstOf, journalText } from '../../testing/record/run.js';

/** What a bench file says that measures in all modes, briefly. */
const everyMode = {
  modes: [
    { mode: 'accuracy' },
    { mode: 'performance', warmups: 2 },
    { mode: 'energy', before: ['lf regime energy'], warmups: 0 },
  ],
  minimumSeconds: 0.05,
  meter: { driver: 'direct' },
};

/** Runs `littlefirst run` and reads its record. @param args instead of the bench file and the run's folder */
async function run(
  bench: MlperfTestBench,
  args = [bench.benchFile, '--out', join(bench.folder, 'run')],
): Promise<{ code: number; record: RunRecord; text: string }> {
  const { code, text } = await littlefirst(bench.folder, 'run', ...args);
  if (code >= 3) throw new Error(text);
  const record = runRecordSchema.parse(
    JSON.parse(await readFile(join(bench.folder, 'run', 'run.json'), 'utf8')),
  );
  return { code, record, text };
}

describe('littlefirst run with protocol mlperf-tiny', function () {
  this.timeout(120_000);
  let bench: MlperfTestBench;
  afterEach(() => bench.remove());

  it('drives our own firmware as a stranger for accuracy, latency and energy, and judges it', async () => {
    bench = await makeMlperfBench(8, {
      ...everyMode,
      targets: [
        { name: 'top-1', metric: 'accuracy', atLeast: 0.3, strategies: ['accuracy'] },
        { name: 'fast', metric: 'latency-median', atMost: 50, strategies: ['performance'] },
        { name: 'frugal', metric: 'energy-median', atMost: 5000, strategies: ['energy'] },
        { name: 'impossible', metric: 'energy-median', atMost: 0.001, strategies: ['energy'] },
      ],
    });
    const { code, record, text } = await run(bench);
    const [accuracy, performance, energy] = record.blocks;
    expect(accuracy).to.include({
      bundle: 'small',
      strategy: 'accuracy',
      windows: 8,
      correct: 6,
      valid: true,
    });
    expect(accuracy.mlperf?.auc).to.be.within(0, 1);
    expect(performance).to.include({ strategy: 'performance', windows: 5, valid: true });
    expect(performance.mlperf?.iterations).to.be.at.least(10);
    expect(energy).to.include({ strategy: 'energy', windows: 5, valid: true });
    const told = performance.mlperf!.latencyMedian_ms!.value;
    const seen = energy.mlperf!.latencyMedian_ms!.value;
    expect(seen, 'pulses against m-lap-us').to.be.within(told * 0.97, told * 1.03);
    const { value } = energy.mlperf!.energyMedian_uJ!;
    expect(value).to.be.closeTo(energy.energyPerWindow_uJ!.value, value * 0.01);
    expect(record.verdicts.map(({ verdict }) => verdict)).to.deep.equal(['pass', 'pass', 'pass', 'fail']);
    expect(record.provenance.energy).to.equal('modelled');
    expect(text).to.contain('Not an MLPerf result').and.contain('windows of 0.05 s instead of 10 s');
    expect(text).to.match(/small, performance: median latency [\d.]+ ms/);
    expect(text).to.match(/small, energy: .*median modelled energy [\d.]+ uJ/);
    expect(code).to.equal(1);
  });

  it('reaches our firmware through an interface board on a serial port', async () => {
    const terminal = openTerminal();
    bench = await makeMlperfBench(4, {
      emulated: undefined,
      link: `serial:${terminal.path}`,
      modes: [{ mode: 'accuracy', interfaceBoard: true, baudRate: 9600 }],
    });
    const machine = await createRp2040Machine({ levelHz: testLevels.map(level => level.hertz) });
    try {
      /* Before it answers its first command it says what a DUT says that starts. */
      const [toDut, dutSide] = duplexPair();
      dutSide.once('data', () => dutSide.write('m-ready\r\n'));
      dutSide.pipe(machine.uart).pipe(dutSide);
      const board = new EmulatedInterfaceBoard(toDut);
      terminal.port.pipe(board.port).pipe(terminal.port);
      await machine.load(testSegments(await loadBundle(join(bench.folder, 'bundle'))));
      await machine.reset();
      const { code, record } = await run(bench);
      expect(board.baudRate).to.equal(9600);
      expect(record.faults.map(({ message }) => message).join()).to.contain('a reply behind');
      expect(record.blocks[0]).to.include({ windows: 4, correct: 3, valid: true, goldenMismatches: 0 });
      expect(record.provenance.energy).to.equal('none');
      expect(code).to.equal(0);
    } finally {
      terminal.close();
      await machine.close();
    }
  });

  it('compares the answers with the golden interpreter of the model that the bench names', async () => {
    bench = await makeMlperfBench(8, {
      golden: { model: 'bundle/big.tflite', compare: 'label' },
      modes: [{ mode: 'accuracy' }],
      targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0, strategies: ['accuracy'] }],
    });
    const { code, record } = await run(bench);
    expect(record.blocks[0]).to.include({ goldenMismatches: 0, correct: 6 });
    expect(record.blocks[0].mlperf?.goldenChecked).to.equal('label');
    expect(record.provenance.models[0]).to.include({ name: 'big.tflite', bundle: 'small' });
    expect(code).to.equal(0);

    /* The firmware prints 1.000 for its answer: these are not the network's outputs, and another network's are not either. */
    const other = await makeMlperfBench(8, { golden: { model: 'bundle/big.tflite' } });
    const printed = await run(other);
    await other.remove();
    expect(printed.record.blocks[0].goldenMismatches).to.equal(8);
    expect(printed.record.outcome).to.equal('fail');
    expect(printed.code).to.equal(1);
    const alien = await makeMlperfBench(8, { golden: { model: 'bundle/keeps.tflite' } });
    const refused = await run(alien).catch((error: Error) => error);
    await alien.remove();
    expect(String(refused)).to.contain('does not print the outputs of golden.model');
  });

  it('writes a page with what a submitter wants to see', async () => {
    bench = await makeMlperfBench(6, {
      ...everyMode,
    });
    const { record, text } = await run(bench);
    const html = await readFile(join(bench.folder, 'run', 'report.html'), 'utf8');
    const cells = [...html.matchAll(/<(?:td|th|h2|caption)[^>]*>([^<]*)</g)].map(([, cell]) => cell);
    expect(cells).to.include.members(['littlefirst-rp2040', 'ULPMark for tinyML Firmware V0.0.1', 'small']);
    expect(cells).to.include.members([
      'Every run of mode performance',
      'Every run of mode energy (modelled energy)',
      'at least 10 s',
    ]);
    const { latencies_ms: latencies } = record.blocks[1].mlperf!;
    expect(latencies).to.have.length(5);
    expect([...latencies!].sort((a, b) => a - b)[2]).to.equal(
      record.blocks[1].mlperf!.latencyMedian_ms!.value,
    );
    for (const latency of latencies!) expect(cells).to.include(sig(latency, 5));
    expect(cells.filter(cell => cell === 'not compared')).to.have.length(3);
    expect(text).to.contain('5 of 7 rules kept: performance: time between two time stamps');
    expect(html).to.contain('Not an MLPerf result').and.not.contain('Side by side');
  });

  it('takes fewer inputs by --windows and says so, and refuses options that do not fit', async () => {
    bench = await makeMlperfBench(8, {
      modes: [{ mode: 'accuracy' }, { mode: 'performance' }],
      minimumSeconds: 0.05,
    });
    const { record, text } = await run(bench, [
      bench.benchFile,
      '--windows',
      '3',
      '--out',
      join(bench.folder, 'run'),
    ]);
    expect(record.blocks.map(({ windows }) => windows)).to.deep.equal([3, 3]);
    expect(record.provenance.dataset.windows).to.equal(3);
    expect(text)
      .to.contain('accuracy over 3 inputs instead of all 8')
      .and.contain('accuracy: inputs 3, asked all 8');
    const refused = await run(bench, [bench.benchFile, '--level', '24MHz']).catch((error: Error) => error);
    expect(String(refused))
      .to.match(/LF_USAGE/)
      .and.contain('emulated.level');
  });

  it('is resumed after a mode that failed, and measures only what is missing', async () => {
    bench = await makeMlperfBench(5, {
      modes: [{ mode: 'accuracy' }, { mode: 'performance', before: ['no-such-command', 'lf regime energy'] }],
      minimumSeconds: 0.05,
    });
    const failed = await run(bench).catch((error: Error) => error);
    expect(String(failed)).to.contain('energy regime');
    const records = await readJournal(join(bench.folder, 'run'));
    const { modes } = firstOf(records, 'campaign').bench as { modes: { before: string[] }[] };
    modes[1].before.pop();
    await writeFile(join(bench.folder, 'run', 'journal.ndjson'), journalText(records));
    const { record, code } = await run(bench, ['--resume', join(bench.folder, 'run')]);
    expect(record.blocks.map(({ strategy, valid }) => [strategy, valid])).to.deep.equal([
      ['accuracy', true],
      ['performance', true],
    ]);
    const starts = (await readJournal(join(bench.folder, 'run'))).filter(
      ({ kind }) => kind === 'block-start',
    );
    expect(
      starts.map(start => [(start as BlockStartRecord).block, (start as BlockStartRecord).attempt]),
    ).to.deep.equal([
      [0, 1],
      [1, 1],
      [1, 2],
    ]);
    expect(code).to.equal(0);
    await writeFile(join(bench.dataFolder, 'input0.bin'), Buffer.alloc(384));
    const changed = await run(bench, ['--resume', join(bench.folder, 'run')]).catch((error: Error) => error);
    expect(String(changed)).to.contain('its inputs have changed');
  });

  it('calls a window that is too short invalid, and stops at a missing input', async () => {
    bench = await makeMlperfBench(5, { modes: [{ mode: 'performance', iterations: 10, warmups: 0 }] });
    const { code, record } = await run(bench);
    expect(record.blocks[0].valid).to.match(/shorter than 10 s/);
    expect(code).to.equal(2);
    await rm(join(bench.dataFolder, 'input3.bin'));
    const error = await run({ ...bench, folder: join(bench.folder, 'again') }).catch(
      (caught: Error) => caught,
    );
    expect(String(error)).to.contain('LF_DATA_MISSING');
  });
});
