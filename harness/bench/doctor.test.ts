import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { examine, findBench, findDevices, findTool } from './doctor.js';

describe('doctor', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-doctor-'));
  });
  after(() => rm(folder, { recursive: true }));
  const list = async () => [];

  it('tells versions, and how to get what is missing', async () => {
    const node = await findTool(process.execPath, '--version', 'everything', 'nodejs.org');
    expect(node).to.deep.equal({ what: process.execPath, ok: true, detail: process.version });
    const absent = await findTool('no-such-tool', '--version', 'nothing', 'apt-get install it');
    expect(absent).to.include({ ok: false, fix: 'apt-get install it' });
  });

  it('lists devices with their identity, and says when one cannot be opened', async () => {
    await mkdir(join(folder, 'dev/serial/by-id'), { recursive: true });
    await writeFile(join(folder, 'dev/ttyACM0'), '');
    for (const [tty, serial] of [
      ['ttyACM0', 'A1'],
      ['ttyACM1', 'B2'],
    ])
      await symlink(`../../${tty}`, join(folder, `dev/serial/by-id/usb-Maker_Board_${serial}-if00`));
    const [here, gone] = await findDevices({ root: folder, list });
    expect(here.ok).to.equal(true);
    expect(here.detail).to.include('A1');
    expect(gone.ok).to.equal(false);
    expect(gone.detail).to.include('B2').and.to.include('ENOENT');
    expect(gone.fix).to.include('group');
    expect((await findDevices({ root: join(folder, 'empty'), list }))[0].detail).to.include('none connected');
  });

  it('says which bench files would work', async () => {
    const bench = (link: string) =>
      `schema: littlefirst.bench/1\nname: b\nboard: rp2040\nlink: ${link}\nbundles: [x]\ndata: { set: synthetic }\n`;
    const benches = join(folder, 'benches');
    await mkdir(benches);
    await writeFile(join(benches, 'a.yaml'), bench("'emulated:'"));
    await writeFile(join(benches, 'b.yaml'), bench('serial:/dev/no-such-port'));
    await writeFile(join(benches, 'c.yaml'), 'schema: other\n');
    const found = (await examine({ root: join(folder, 'empty'), list, benches })).slice(-3);
    expect(found.map(({ ok }) => ok)).to.deep.equal([true, false, false]);
    expect(found[1].detail).to.include('/dev/no-such-port');
    expect((await findBench(join(benches, 'absent.yaml'))).ok).to.equal(false);
  });
});
