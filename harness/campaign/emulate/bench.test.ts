import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { main } from '../../cli/main.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { runStockExchange } from '../../testing/dut/mlperf-runner.js';

/** Runs the program; its text and exit code. */
async function littlefirst(
  folder: string,
  args: string[],
  signal = new AbortController().signal,
  out = new PassThrough(),
): Promise<{ code: number; text: string }> {
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await main(['node', 'littlefirst', ...args], { out, err: out, cwd: folder, signal });
  return { code, text: Buffer.concat(chunks).toString() };
}

describe('littlefirst board emulate', function () {
  this.timeout(300_000);
  let bench: TestBench;
  let dataset: string;
  before(async () => {
    bench = await TestBench.make();
    dataset = join(bench.folder, 'dataset');
    const { code, text } = await littlefirst(bench.folder, [
      ...['data', 'export', '--mlperf-tiny', 'dataset', '--bundle', 'bundle', '--windows', '7'],
      ...['--iterations', '40'],
    ]);
    expect(code, text).to.equal(0);
  });
  after(() => bench.remove());

  /** Serves a bench while `use` works with it; addresses by what they are of. */
  async function served(
    args: string[],
    use: (address: (what: string) => string, said: string) => Promise<unknown>,
    board = 'rp2040',
  ): Promise<void> {
    const stop = new AbortController();
    const out = new PassThrough();
    let said = '';
    out.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const all = ['board', 'emulate', board, '--bundle', 'bundle', ...args];
    const ended = littlefirst(bench.folder, all, stop.signal, out);
    while (!said.includes('Ctrl-C'))
      await Promise.race([once(out, 'data'), ended.then(({ text }) => Promise.reject(new Error(text)))]);
    try {
      await use(what => new RegExp(`emulated ${what}.* at (\\S+)`).exec(said)![1], said);
    } finally {
      stop.abort();
    }
    expect((await ended).code).to.equal(0);
  }

  it('passes the stock runner in the modes accuracy and performance, on a serial port and on TCP', async () => {
    await served(['--link', 'dut', '--level', '48MHz', '--strategy', '1BDD'], async address => {
      expect(address('board')).to.equal(`serial:${join(bench.folder, 'dut')}`);
      const dut = address('board');
      const accuracy = await runStockExchange({ mode: 'accuracy', dataset, dut });
      expect(accuracy).to.include({ name: 'littlefirst-rp2040', model: 'small' });
      expect(accuracy.windows).to.have.length(7);
      for (const { results } of accuracy.windows) expect(results.reduce((a, b) => a + b)).to.equal(1);
    });
    expect(await readdir(bench.folder)).not.to.include('dut');
    const throughput = new Map<string, number>();
    for (const level of ['133MHz', '48MHz'])
      await served(['--link', 'tcp:0', '--level', level], async address => {
        const { windows } = await runStockExchange({ mode: 'performance', dataset, dut: address('board') });
        expect(windows).to.have.length(5);
        throughput.set(level, windows[0].throughput!);
      });
    expect(throughput.get('133MHz')! / throughput.get('48MHz')!).to.be.within(2.7, 2.8);
  });

  it('passes the stock runner through an interface board', async () => {
    await served(['--interface-board', 'io'], async address => {
      const interfaceBoard = address('interface board');
      const { windows } = await runStockExchange({ mode: 'accuracy', dataset, interfaceBoard });
      expect(windows).to.have.length(7);
      expect(windows[0]).to.have.property('throughput');
    });
  });

  it('passes the stock runner in the mode energy, with an LPM01A that feeds the board and counts its time stamps', async () => {
    const args = [
      '--interface-board',
      'io',
      '--meter',
      'lpm01a',
      '--meter-link',
      'lpm',
      '--regime',
      'energy',
    ];
    await served(args, async address => {
      const { windows } = await runStockExchange({
        mode: 'energy',
        dataset,
        interfaceBoard: address('interface board'),
        monitor: address('meter'),
      });
      expect(windows).to.have.length(5);
      expect(windows[0], 'no clock of its own in the energy regime').not.to.have.property('throughput');
      for (const { milliseconds, joules } of windows) {
        expect(milliseconds, 'between two time stamps').to.be.above(1);
        /* The Pico draws 20 to 40 mA while it computes; the runner feeds it with 1.8 V. */
        expect((joules! * 40) / (milliseconds! / 1e3), 'watts').to.be.within(0.02, 0.15);
      }
    });
  });

  it('is measured by our own harness through an interface board, with a meter that feeds it', async () => {
    const args = [
      '--interface-board',
      'io',
      '--meter',
      'ppk2',
      '--meter-link',
      'tcp:0',
      '--regime',
      'energy',
    ];
    await served(args, async address => {
      const file = {
        schema: 'littlefirst.bench/1',
        protocol: 'mlperf-tiny',
        name: 'emulated as if real',
        board: 'pico',
        link: address('interface board'),
        data: { set: 'mlperf-folder', folder: 'dataset/small' },
        modes: [{ mode: 'energy', interfaceBoard: true, loops: 2, warmups: 0 }],
        meter: { driver: 'ppk2', link: address('meter') },
        supplyMillivolts: 3300,
        minimumSeconds: 0.2,
      };
      const benchFile = join(bench.folder, 'as-if-real.yaml');
      await writeFile(benchFile, stringify(file));
      const { code, text } = await littlefirst(bench.folder, ['run', benchFile, '--out', 'as-if-real']);
      expect(code, text).to.equal(0);
      const record = JSON.parse(await readFile(join(bench.folder, 'as-if-real', 'run.json'), 'utf8'));
      const [block] = record.blocks;
      expect(block).to.include({ valid: true, windows: 2, strategy: 'energy' });
      const { energyMedian_uJ: energy, latencyMedian_ms: latency } = block.mlperf;
      /* The Pico draws 20 to 30 mA at 3.3 V while it computes (fixtures/chips/rp2040.yaml). */
      expect(energy.value / latency.value, 'mW').to.be.within(50, 110);
    });
  });

  it('refuses what nobody could use, and what is no place', async () => {
    const emulate = ['board', 'emulate', 'rp2040', '--bundle', 'bundle'];
    for (const [args, expected] of [
      [[], /LF_USAGE.*Nobody could talk/s],
      [['--link', 'udp:99'], /LF_USAGE.*no link to serve at/s],
      [['--link', 'dut', '--meter', 'lpm01a'], /LF_USAGE.*--meter-link/s],
      [['--link', 'dut', '--strategy', 'nap'], /LF_UNKNOWN_STRATEGY.*big-only, 1B6S, 1BDD/s],
      [['--link', 'dut', '--level', '9GHz'], /LF_UNKNOWN_LEVEL/],
    ] as const) {
      const { code, text } = await littlefirst(bench.folder, [...emulate, ...args]);
      expect(text).to.match(expected);
      expect(code).to.equal(4);
    }
  });

  if (!spawnSync('qemu-system-arm', ['--version']).error)
    it('passes the stock runner with a board in QEMU, whose clock and time stamps agree', async () => {
      const board = 'mps2-an386';
      let throughput = 0;
      await served(
        ['--link', 'tcp:0'],
        async (address, said) => {
          expect(said).to.match(/mps2-an386: its clock counts modelled cycles/);
          const { windows } = await runStockExchange({ mode: 'performance', dataset, dut: address('board') });
          throughput = windows[0].throughput!;
          /* Cycles depend a little on the window. */
          for (const window of windows)
            expect(window.throughput! / throughput, 'of the first').to.be.within(0.995, 1.005);
        },
        board,
      );
      const args = [
        ...['--interface-board', 'io', '--meter', 'lpm01a', '--meter-link', 'lpm'],
        ...['--regime', 'energy', '--logic', 'timestamp'],
      ];
      await served(
        args,
        async address => {
          const { name, windows } = await runStockExchange({
            mode: 'energy',
            dataset,
            interfaceBoard: address('interface board'),
            monitor: address('meter'),
          });
          expect(name).to.equal('littlefirst-mps2-an386');
          expect(windows).to.have.length(5);
          for (const { milliseconds, joules, throughput: told } of windows) {
            expect(told, 'no clock of its own in the energy regime').to.equal(undefined);
            expect(milliseconds, 'between its pulses').to.be.closeTo((40 / throughput) * 1e3, 1.1);
            expect(joules).to.be.above(0);
          }
        },
        board,
      );
    });
});

describe('littlefirst data export', function () {
  this.timeout(120_000);

  it('asks an emulated board how many inferences fill ten seconds, and says which classes are missing', async () => {
    const bench = await TestBench.make();
    try {
      const { code, text } = await littlefirst(bench.folder, [
        ...['data', 'export', '--mlperf-tiny', 'out', '--bundle', 'bundle', '--windows', '3'],
        ...['--board', 'rp2040', '--level', '133MHz'],
      ]);
      expect(code, text).to.equal(0);
      expect(text).to.match(/no window of .*: the stock runner's AUC wants every class/);
      const script = await readFile(join(bench.folder, 'out', 'tests_energy.yaml'), 'utf8');
      const iterations = Number(/loop 5:\n +- download\n +- infer (\d+) 0\n/.exec(script)![1]);
      expect(iterations).to.equal(Number(/(\d+) inferences a window/.exec(text)![1]));
      const each = 10.5 / iterations;
      expect(each, 'seconds of an inference').to.be.within(1e-4, 1e-2);
      const truth = await readFile(join(bench.folder, 'out', 'small', 'y_labels.csv'), 'utf8');
      expect(truth).to.match(/^(window-\d{6}\.bin,6,[0-5]\n){3}$/);
      const [file] = truth.split(',');
      expect(await readFile(join(bench.folder, 'out', 'small', file))).to.have.length(384);
    } finally {
      await bench.remove();
    }
  });
});
