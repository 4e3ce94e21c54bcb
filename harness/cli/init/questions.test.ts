import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { Text } from '../../testing/cli.js';
import { enumerate, type Plugged } from '../../testing/devices/usb.js';
import { TestTerminal } from '../../testing/terminal/terminal.js';
import { main } from '../main.js';

const probe: Plugged = { vid: '2e8a', pid: '000c', product: 'Debug_Probe', serial: 'E6616408', socket: '1' };
const ppk2: Plugged = {
  vid: '1915',
  pid: 'c00a',
  product: 'PPK2',
  serial: 'C5DD3A',
  socket: '2',
  interfaceNumber: 1,
};

describe('littlefirst init on a terminal', function () {
  this.timeout(60_000);
  let cwd: string;
  let terminal: TestTerminal;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-init-'));
    terminal = TestTerminal.open(120, 40);
  });
  afterEach(async () => {
    terminal.close();
    await rm(cwd, { recursive: true });
  });

  const init = (out: Text, ...args: string[]): Promise<number> =>
    main(['node', 'littlefirst', 'init', ...args], {
      in: terminal.in,
      out,
      err: terminal.out,
      cwd,
      env: {},
      devices: { root: join(cwd, 'machine'), list: async () => [] },
    });
  const bench = async () => parse(await readFile(join(cwd, 'bench.yaml'), 'utf8'));
  const answer = async (question: string, text: string): Promise<void> => {
    await terminal.shows(question);
    terminal.type(`${text}\r`);
  };

  it('asks for what no flag says, again where an answer is none of the choices', async () => {
    const out = new Text();
    const done = init(out, '--data', 'synthetic');
    await answer('Recipe for continuous integration', 'gitlab');
    await answer('Board, emulated', 'rp2041');
    await terminal.shows('did you mean "rp2040"?');
    terminal.type('lm3s6965\r');
    await answer('Meter (', '');
    await answer('Bundle (', 'littlefirst:little-first-b');
    expect(await done, terminal.grid.text()).to.equal(0);
    expect(await bench()).to.deep.include({
      board: 'lm3s6965',
      meter: { driver: 'ppk2' },
      bundles: ['littlefirst:little-first-b'],
    });
    expect(await readFile(join(cwd, '.gitlab-ci.yml'), 'utf8')).to.contain('npx littlefirst run');
    expect(out.text).to.match(/wrote .*bench\.yaml/);
  });

  it('offers the bench for what doctor finds connected, and puts its serial numbers in', async () => {
    await enumerate(join(cwd, 'machine'), [probe, ppk2], { sysfs: true, udev: false });
    const out = new Text();
    const done = init(out);
    await terminal.shows(/bench pico-ppk2 is for it.*everything that it names is connected/);
    expect(terminal.grid.text()).to.contain('E6616408');
    await answer('Board and meter (emulated, pico-ppk2', '');
    await answer('Recipe for continuous integration', 'no');
    expect(await done, terminal.grid.text()).to.equal(0);
    expect(await bench()).to.deep.nested.include({
      'device.serialNumber': 'E6616408',
      'meter.device.serialNumber': 'C5DD3A',
    });
    expect(out.text).to.match(/PPK2-SERIAL is C5DD3A/);
  });

  it('ends in an error where the terminal closes instead of answering', async () => {
    const done = init(new Text());
    await terminal.shows('Recipe for continuous integration');
    terminal.type('\u0004');
    expect(await done).to.equal(3);
    await terminal.shows('LF_INTERRUPTED');
  });
});
