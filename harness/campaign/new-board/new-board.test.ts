import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { loadChip } from '../../measure/chip/profile.js';
import { littlefirst } from '../../testing/cli.js';
import { codeOf } from '../../testing/failure.js';
import { firmwareOf, loadBoard } from '../bench/boards.js';
import { loadBench } from '../bench/load.js';
import { coreNames } from './cores.js';
import { newBoard, usualMemory } from './new-board.js';

describe("a board of the user's own", () => {
  let into: string;
  before(() => {
    into = makeTemporaryFolder('new-board');
  });
  after(() => removeTemporaryFolder(into));

  for (const core of coreNames)
    it(`is written for a ${core} with files that fit their schemas, and nothing known of the chip`, async () => {
      const { folder, files } = await newBoard({ name: `a-${core}`, core, ...usualMemory }, into);
      const texts = await Promise.all(files.map(file => readFile(file, 'utf8')));
      expect(texts.filter(text => /@[A-Z_]+@/.test(text))).to.deep.equal([]);
      const board = await loadBoard(folder);
      expect(board).to.include({ name: `a-${core}`, folder, blobBytes: (256 - 96) * 1024 });
      const chip = await loadChip(board.defaultChip);
      expect(chip.core).to.equal(core);
      const kinds = JSON.stringify(chip).match(/"kind":"(?!assumed)\w+"/g);
      expect(kinds, 'kT/q alone').to.deep.equal(['"kind":"datasheet"']);
      const bench = await loadBench(join(folder, 'bench.yaml'));
      expect(bench.duts[0].board).to.equal(join(folder, 'board.yaml'));
    });

  it('is found by path and, in boards/, by name; the list has it after those of the package', async () => {
    const cwd = join(into, 'project');
    await mkdir(cwd);
    const made = await littlefirst(cwd, 'board', 'new', 'mine', '--core', 'cortex-m3', '--ram-kb', '128');
    expect(made.code, made.err).to.equal(0);
    expect(made.out).to.contain('wrote boards/mine/board.c');
    for (const given of ['mine', './boards/mine', 'boards/mine/board.yaml'])
      expect((await loadBoard(given, cwd)).folder).to.equal(join(cwd, 'boards', 'mine'));
    const { out } = await littlefirst(cwd, 'boards', '--json');
    const last = (JSON.parse(out) as { name: string; core: string; ramBytes: number }[]).at(-1);
    expect(last).to.include({ name: 'mine', core: 'cortex-m3', ramBytes: 131072 });
  });

  it('is refused where it would overwrite, hide a shipped one, or leave no room', async () => {
    const make = (change: object) =>
      newBoard({ name: 'twice', core: 'cortex-m3', ...usualMemory, ...change }, into);
    await make({});
    expect(await codeOf(() => make({}))).to.equal('LF_USAGE');
    expect(await codeOf(() => make({ name: 'rp2040' }))).to.equal('LF_USAGE');
    expect(await codeOf(() => make({ name: '../up' }))).to.equal('LF_USAGE');
    expect(await codeOf(() => make({ name: 'full', imageKb: 256 }))).to.equal('LF_USAGE');
  });

  it('says what to do where it is not, or was not built', async () => {
    expect(await codeOf(() => loadBoard(join(into, 'nowhere')))).to.equal('LF_UNKNOWN_BOARD');
    const { folder } = await newBoard({ name: 'unbuilt', core: 'cortex-m3', ...usualMemory }, into);
    const board = await loadBoard(folder);
    expect(() => firmwareOf(board)).to.throw(/make -C .*firmware BOARD=/);
  });

  it('cannot be checked behind a link that says nothing of it', async () => {
    const { code, err } = await littlefirst(into, 'board', 'check', 'tcp:localhost:1');
    expect(code).to.equal(4);
    expect(err).to.contain('--board NAME');
  });
});
