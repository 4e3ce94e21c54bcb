import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { moduleHref, nodeWords } from '../testing/child.js';
import { makeTemporaryFolder, removeAbandonedFolders, removeTemporaryFolder } from './temporary-folder.js';

/** The folder that another process of ours made before it ended in this way. */
function leftBy(end: string, where = ''): string {
  const module = moduleHref('host/temporary-folder');
  const script = `const { makeTemporaryFolder } = await import(${JSON.stringify(module)});
    process.stdout.write(makeTemporaryFolder('test'${where}), () => { ${end} });`;
  try {
    return execFileSync(process.execPath, [...nodeWords, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('temporary folders', function () {
  this.timeout(60_000);

  it('are removed by their process when it ends in order', () => {
    const folder = leftBy('process.exit(3)');
    expect(folder).to.include('littlefirst-test-');
    expect(existsSync(folder)).to.equal(false);
  });

  it('are removed by another process when theirs was killed', () => {
    const folder = leftBy("process.kill(process.pid, 'SIGKILL')");
    expect(existsSync(folder)).to.equal(true);
    removeAbandonedFolders();
    expect(existsSync(folder)).to.equal(false);
  });

  it('may lie beside what they will become, and go from there too', () => {
    const beside = makeTemporaryFolder('test');
    const folder = leftBy("process.kill(process.pid, 'SIGKILL')", `, ${JSON.stringify(beside)}`);
    expect(dirname(folder)).to.equal(beside);
    expect(existsSync(folder)).to.equal(true);
    removeTemporaryFolder(makeTemporaryFolder('test', beside));
    expect(existsSync(folder)).to.equal(false);
    removeTemporaryFolder(beside);
  });

  it('are left alone while their process lives', async () => {
    const folder = makeTemporaryFolder('test');
    await writeFile(join(folder, 'file'), '');
    removeAbandonedFolders();
    expect(existsSync(join(folder, 'file'))).to.equal(true);
    removeTemporaryFolder(folder);
    expect(existsSync(folder)).to.equal(false);
  });
});
