import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { type RunRecord, runRecordSchema } from '../../record/run-record.js';
import { TestBench } from '../../testing/bench/test-bench.js';
import { littlefirst } from '../../testing/cli.js';

const windows = 24;
const level = '133MHz';
/** A gate with memory: it compares a window with the last one that Big saw. */
const strategy = '1BDD';

async function blocksOf(folder: string, name: string): Promise<RunRecord['blocks']> {
  return runRecordSchema.parse(JSON.parse(await readFile(join(folder, name, 'run.json'), 'utf8'))).blocks;
}

describe('protocol mlperf-tiny with inputs in turn', function () {
  this.timeout(300_000);
  let bench: TestBench;

  beforeEach(async () => {
    bench = await TestBench.make({
      levels: [level],
      strategies: [strategy],
      data: { set: 'synthetic', order: 'chronological', windows },
      meter: { driver: 'direct' },
    });
    const { code, text } = await littlefirst(
      bench.folder,
      ...['data', 'export', '--mlperf-tiny', 'ds', '--bundle', 'bundle', '--data', 'synthetic'],
      ...['--order', 'chronological', '--windows', String(windows)],
    );
    expect(code, text).to.equal(0);
  });
  afterEach(() => bench.remove());

  async function measure(name: string, mode: object): Promise<RunRecord['blocks'][number]> {
    await mkdir(join(bench.folder, name));
    const file = join(bench.folder, `${name}.yaml`);
    await writeFile(
      file,
      stringify({
        schema: 'littlefirst.bench/1',
        protocol: 'mlperf-tiny',
        name,
        board: 'rp2040',
        emulated: { bundle: 'bundle', level },
        data: { set: 'mlperf-folder', folder: 'ds/small' },
        modes: [
          { mode: 'energy', before: ['lf regime energy', `lf strategy ${strategy}`], loops: 2, ...mode },
        ],
        minimumSeconds: 0.001,
        meter: { driver: 'direct' },
      }),
    );
    const { code, text } = await littlefirst(bench.folder, 'run', file, '--out', name);
    if (code >= 3) throw new Error(text);
    return (await blocksOf(bench.folder, name))[0];
  }

  it('costs what the same windows cost in a stream, which one window repeated does not', async () => {
    const own = await littlefirst(bench.folder, 'run', bench.benchFile, '--out', 'own');
    if (own.code >= 3) throw new Error(own.text);
    const [stream] = await blocksOf(bench.folder, 'own');
    expect(stream.bigRuns).to.be.within(2, windows - 1);

    const turn = await measure('turn', { loopOver: windows, iterations: 1 });
    expect(turn.valid).to.equal(true);
    expect(turn.mlperf).to.include({ iterations: windows });
    expect(turn.mlperf!.loop).to.include({
      inputs: windows,
      inferences: windows,
      bigRuns: stream.bigRuns,
      /* The first window has none before it to be compared with. */
      gateRuns: windows - 1,
    });
    const { value } = turn.mlperf!.energyMedian_uJ!;
    /* The modelled supply is told by the marker lines whether gate or Big computes; on this bench it sees the time-stamp pin only. */
    expect(value / stream.energyPerWindow_uJ!.value).to.be.closeTo(1, 0.02);

    const all = await measure('all', { loopOver: windows });
    expect(all.mlperf!.iterations % windows).to.equal(0);
    expect(all.mlperf!.iterations * all.mlperf!.latencyMedian_ms!.value).to.be.above(1);

    const repeated = await measure('repeated', { iterations: windows, warmups: 1 });
    expect(repeated.mlperf!.energyMedian_uJ!.value / value).to.be.below(0.7);
  });

  it('refuses what no DUT can do, and says how many windows fit', async () => {
    const refused = async (name: string, mode: object) => {
      try {
        await measure(name, mode);
      } catch (error) {
        return String(error);
      }
      return 'nothing';
    };
    expect(await refused('one', { loopOver: 1 })).to.match(/LF_CONFIG_INVALID[\s\S]*loopOver/);
    expect(await refused('fast', { mode: 'performance', loopOver: 4 })).to.match(/only mode energy/);
    expect(await refused('board', { interfaceBoard: true, loopOver: 4 })).to.match(
      /interface board passes no/,
    );
    expect(await refused('warm', { warmups: 3, loopOver: 4 })).to.match(/reset instead of warmed up/);
    expect(await refused('few', { loopOver: windows + 1 })).to.match(/LF_CONFIG_INVALID[\s\S]*at most 24/);
  });
});
