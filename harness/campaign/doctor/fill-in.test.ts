import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { enumerate, type Plugged } from '../../testing/devices/usb.js';
import { fillIn } from './fill-in.js';

const probe = { vid: '2e8a', pid: '000c', product: 'Debug_Probe', socket: '1' };
const ppk2 = { vid: '1915', pid: 'c00a', product: 'PPK2', socket: '2' };

describe('placeholders of a bench file', () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-fill-'));
  });
  beforeEach(async () => {
    file = join(folder, 'bench.yaml');
    await copyFile(packagePath('fixtures', 'benches', 'pico-ppk2.yaml'), file);
  });
  after(() => rm(folder, { recursive: true }));

  async function fill(plugged: Plugged[]) {
    const root = join(folder, 'root');
    await enumerate(root, plugged, { sysfs: true, udev: false });
    return fillIn(file, { root, list: async () => [] });
  }

  it('become the serial numbers of what is connected, wherever they stand; the rest stays as it was', async () => {
    const before = await readFile(file, 'utf8');
    const filled = await fill([
      { ...probe, serial: '00123', interfaceNumber: 1 },
      { ...ppk2, serial: '66E1234', interfaceNumber: 1 },
      { ...ppk2, serial: '66E1234', interfaceNumber: 3 },
    ]);
    expect(filled).to.deep.equal([
      { placeholder: 'DEBUG-PROBE-SERIAL', serialNumber: '00123' },
      { placeholder: 'PPK2-SERIAL', serialNumber: '66E1234' },
    ]);
    const after = await readFile(file, 'utf8');
    expect(after).to.equal(
      before
        .replaceAll('serialNumber: DEBUG-PROBE-SERIAL', "serialNumber: '00123'")
        .replaceAll('serialNumber: PPK2-SERIAL', "serialNumber: '66E1234'"),
    );
    expect(await fillIn(file), 'nothing is left').to.deep.equal([]);
  });

  it('stay where none or several fit, with the reason', async () => {
    const before = await readFile(file, 'utf8');
    const [board, meter] = await fill([
      { ...ppk2, serial: 'A' },
      { ...ppk2, serial: 'B', socket: '3' },
    ]);
    expect(board.reason).to.equal('no device 2e8a:000c with a serial number is connected');
    expect(meter.reason).to.match(
      /^several devices 1915:c00a are connected: .*serial number A.*serial number B/,
    );
    expect(await readFile(file, 'utf8')).to.equal(before);
  });
});
