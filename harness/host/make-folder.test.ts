import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';
import { makeFolder } from './make-folder.js';

const codeOf = (path: string): string | undefined => {
  try {
    makeFolder(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};

describe('making a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-make-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes those above it too, and leaves what is there', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    makeFolder(deep);
    await writeFile(join(deep, 'kept'), '');
    makeFolder(`${deep}/`);
    expect(readdirSync(deep)).to.deep.equal(['kept']);
  });

  it('says what is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(codeOf(join(folder, 'file'))).to.equal('EEXIST');
    expect(codeOf(join(folder, 'file', 'below'))).to.be.oneOf(['ENOTDIR', 'EEXIST']);
    expect(codeOf(join(folder, 'dangling'))).to.equal('EEXIST');
  });

  if (existsSync('/proc/self'))
    it('returns where the system refuses for ever', () => {
      for (const path of ['/proc/x', '/proc/x/y/z', '/proc/self/x', '/sys/x', '/dev/null/x'])
        expect(codeOf(path), path).to.be.oneOf(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'EROFS']);
    });

  it('is how every part of the program makes folders', () => {
    const sources = readdirSync(packagePath('harness'), { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('.ts') && !name.endsWith('.test.ts') && !/^(testing|benchmarks)\//.test(name),
    );
    expect(sources.length).to.be.greaterThan(200);
    const others = sources.filter(name =>
      /\bmkdir(Sync)?\([^;]*recursive/.test(readFileSync(packagePath('harness', name), 'utf8')),
    );
    expect(others).to.deep.equal([]);
  });
});
