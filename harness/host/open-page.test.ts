import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { openPage } from './open-page.js';

if (process.platform === 'linux')
  describe('openPage', () => {
    const { PATH: path } = process.env;
    afterEach(() => {
      process.env['PATH'] = path;
    });

    it('should hand the file to xdg-open', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'littlefirst-open-'));
      const pipe = join(folder, 'pipe');
      await execa('mkfifo', [pipe]);
      await writeFile(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1" > '${pipe}'\n`);
      await chmod(join(folder, 'xdg-open'), 0o755);
      process.env['PATH'] = `${folder}:${path}`;
      expect(await openPage('/a/report with space.html')).to.equal(undefined);
      expect(await readFile(pipe, 'utf8')).to.equal('/a/report with space.html\n');
    });

    it('should say why nothing was opened', async () => {
      process.env['PATH'] = '/no/such/folder';
      expect(await openPage('report.html')).to.match(/^xdg-open could not be started: .*ENOENT/);
    });
  });
