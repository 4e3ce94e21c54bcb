import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { messageOf } from '../../../testing/failure.js';
import { toSRecords } from './s-records.js';
import { gdbFile, jLinkFile, tclWord } from './script-text.js';

const isHere = async (tool: string) =>
  (await execa(tool, ['--version'], { reject: false })).code !== 'ENOENT';
const hasOpenOcd = await isHere('openocd');
const hasGdb = await isHere('gdb-multiarch');

const names = [
  'plain',
  'with space',
  ' at both ends ',
  'Prüfstand Ümlaut é',
  'round (1)',
  'square [1]',
  'curly {1',
  'curly }2',
  'dollar $HOME',
  'quote "x"',
  "quote 'x'",
  'back\\slash',
  'semi;colon # hash~',
];

describe('paths in scripts of tools', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf script '));
  });
  after(() => rm(folder, { recursive: true }));

  async function place(name: string): Promise<string> {
    const path = join(folder, name, 'image.srec');
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(path, await toSRecords([]).catch(() => ''));
    return path;
  }

  if (hasOpenOcd)
    it('reach OpenOCD as one word, whatever is in them', async () => {
      const paths = await Promise.all(names.map(place));
      const asked = paths.flatMap(path => ['-c', `echo "found [file exists ${tclWord(path)}]"`]);
      const { all } = await execa('openocd', [...asked, '-c', 'shutdown'], { all: true, reject: false });
      expect(all!.match(/^found 1$/gm) ?? [], all).to.have.length(names.length);
    });

  if (hasGdb)
    for (const name of names)
      it(`reach GDB whole: ${name}`, async () => {
        const path = await place(name);
        await writeFile(path, 'S0030000FC\nS1137AF00A0A0D0000000000000000000000000061\nS9030000FC\n');
        const script = join(folder, 'test.gdb');
        await writeFile(script, `set architecture arm\nfile ${gdbFile(path)}\ninfo files\n`);
        const { all, exitCode } = await execa('gdb-multiarch', ['-nx', '-batch', '-x', script], {
          all: true,
          reject: false,
        });
        expect(all).to.contain('0x00007af0');
        expect(exitCode, all).to.equal(0);
      });

  it('are refused where a script could not hold them', async () => {
    for (const quote of [tclWord, gdbFile, jLinkFile])
      expect(await messageOf((async () => quote('a\nb'))())).to.match(/^LF_CONFIG_INVALID/);
    for (const home of ['~/x', '/tmp/a ~/x'])
      expect(await messageOf((async () => gdbFile(home))())).to.match(/LF_CONFIG_INVALID.*tilde/s);
    expect(await messageOf((async () => jLinkFile('a"b'))())).to.match(/LF_CONFIG_INVALID.*TMPDIR/s);
    expect(jLinkFile('C:\\Prüfstand (1)\\x.bin')).to.equal('"C:\\Prüfstand (1)\\x.bin"');
  });
});
