import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { failure } from '../../testing/failure.js';
import type { BindingInterface } from '../../wire/link/binding.js';
import { duplexBinding } from '../../wire/link/duplex-binding.js';
import { mlperfBenchSchema } from './bench-file.js';
import { StrangerLines } from './open.js';

/** Counts how often a port is opened, and notes the rates that are set. */
function countingBinding() {
  const seen = { opens: [] as string[], rates: [] as number[], closes: 0 };
  const inner = duplexBinding(async () => ({
    stream: new PassThrough(),
    release: () => {
      seen.closes += 1;
    },
  }));
  const binding: BindingInterface = {
    list: inner.list,
    open: async options => {
      seen.opens.push(`${options.path}@${options.baudRate}`);
      const port = await inner.open(options);
      port.update = async ({ baudRate }) => void seen.rates.push(baudRate);
      return port;
    },
  };
  return { seen, binding };
}

const benchOf = (modes: object[], link = 'serial:/dev/null-dut') => ({
  ...mlperfBenchSchema.parse({
    schema: 'littlefirst.bench/1',
    protocol: 'mlperf-tiny',
    name: 'once',
    board: 'x',
    link,
    data: { set: 'mlperf-folder', folder: '.' },
    modes,
  }),
  file: '',
});

describe('StrangerLines', () => {
  it('opens a line that several modes use once, and sets the rate that each wants', async () => {
    const { seen, binding } = countingBinding();
    const bench = benchOf([
      { mode: 'accuracy' },
      { mode: 'performance', baudRate: 921600 },
      { mode: 'performance', baudRate: 921600, interfaceBoard: false },
      { mode: 'accuracy', link: 'serial:/dev/null-other' },
      { mode: 'accuracy' },
    ]);
    const lines = new StrangerLines(bench, { serialBinding: binding });
    const links = new Set<unknown>();
    for (const choice of bench.modes) {
      const dut = await lines.open(choice);
      links.add(dut.link);
      await dut.close();
      expect(seen.closes, 'while the campaign goes on').to.equal(0);
    }
    expect(seen.opens).to.deep.equal(['/dev/null-dut@115200', '/dev/null-other@115200']);
    expect(seen.rates).to.deep.equal([921600, 115200]);
    expect(links.size).to.equal(2);
    await lines.close();
    expect(seen.closes).to.equal(2);
  });

  it('leaves a rate alone that the link names', async () => {
    const { seen, binding } = countingBinding();
    const bench = benchOf(
      [{ mode: 'accuracy' }, { mode: 'performance', baudRate: 9600 }],
      'serial:/dev/null-dut?baud=57600',
    );
    const lines = new StrangerLines(bench, { serialBinding: binding });
    for (const choice of bench.modes) await (await lines.open(choice)).close();
    await lines.close();
    expect(seen).to.deep.equal({ opens: ['/dev/null-dut@57600'], rates: [], closes: 1 });
  });

  it('tells whoever comes second which run holds the line', async () => {
    const { binding } = countingBinding();
    const bench = benchOf([{ mode: 'accuracy' }], `serial:/dev/null-${process.pid}`);
    const [choice] = bench.modes;
    const lines = new StrangerLines(bench, { id: 'night-7', serialBinding: binding });
    await lines.open(choice);
    const second = new StrangerLines(bench, { id: 'night-8', serialBinding: binding });
    const error = await failure(second.open(choice), 'LF_LINK_BUSY');
    expect(error.message).to.include('run night-7, bench once');
    await lines.close();
    await second.open(choice);
    await second.close();
  });
});
