import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { newBoard, usualMemory } from '../../campaign/new-board/new-board.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { packagePath } from '../../package-root.js';
import { littlefirst } from '../cli.js';
import { withBoards } from './readme.js';

describe('the boards in README.md', () => {
  it('should be as their files say (npm run docs:boards)', async () => {
    const readme = readFileSync(packagePath('README.md'), 'utf8');
    expect(await withBoards(readme)).to.equal(readme);
    expect(await withBoards(readme.replace('| `rp2040` |', '| `rp2041` |'))).to.equal(readme);
  });

  it("should be made of a user's own board file, chip profile and bench too", async () => {
    const cwd = makeTemporaryFolder('own-boards');
    try {
      const { folder } = await newBoard(
        { name: 'mine', core: 'cortex-m4f', ...usualMemory },
        join(cwd, 'boards'),
      );
      const replace = async (file: string, from: string, to: string) => {
        const text = await readFile(join(folder, file), 'utf8');
        expect(text).to.contain(from);
        await writeFile(
          join(folder, file),
          text.replace(from, () => to),
        );
      };
      await replace('board.yaml', 'proven: {}', 'proven: { silicon: "identity | levels" }');
      await replace('bench.yaml', 'driver: none', 'driver: ppk2');
      const { out, code } = await littlefirst(cwd, 'boards', '--markdown');
      expect(code).to.equal(0);
      const row = out.split('\n').find(line => line.startsWith('| `mine` |'));
      expect(row)
        .to.match(/\| cortex-m4f, 256 KB, 64 KB \|/)
        .and.match(/\| ppk2 \(`mine`\) \| nothing \| identity \\\| levels \|$/);
    } finally {
      removeTemporaryFolder(cwd);
    }
  });
});
