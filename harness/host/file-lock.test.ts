import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { lockFile, lockOwner } from './file-lock.js';

const hasFlock = (await execa('flock', ['--version'], { reject: false })).exitCode === 0;

if (hasFlock && process.platform === 'linux')
  describe('the lock of a file', () => {
    let folder: string;
    let path: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'littlefirst-lock-'));
      path = join(folder, 'file');
      await writeFile(path, '');
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('is held until the file is closed, and names its owner', () => {
      const first = openSync(path, 'a');
      const second = openSync(path, 'a');
      expect(lockFile(first)).to.equal(true);
      expect(lockFile(second)).to.equal(false);
      expect(lockOwner(path)).to.match(new RegExp(`^process ${process.pid} on ${hostname()}: .*mocha`));
      closeSync(first);
      expect(lockOwner(path)).to.equal(undefined);
      expect(lockFile(second)).to.equal(true);
      closeSync(second);
    });

    it('holds against another program, in another network namespace too, and ends with it', async () => {
      const script = 'exec 9>>"$0"; flock -n 9 && echo held && exec sleep 600';
      const unshared = (await execa('unshare', ['-rn', 'true'], { reject: false })).exitCode === 0;
      const command = unshared ? ['unshare', '-rn'] : [];
      const [program, ...args] = [...command, 'bash', '-c', script, path];
      const other = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(other, 'exit');
      await once(other.stdout, 'data');
      const file = openSync(path, 'a');
      expect(lockFile(file)).to.equal(false);
      expect(lockOwner(path)).to.include('sleep 600');
      other.kill('SIGKILL');
      await ended;
      expect(lockFile(file)).to.equal(true);
      closeSync(file);
    });
  });
