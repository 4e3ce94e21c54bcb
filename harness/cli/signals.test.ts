import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { program } from '../testing/child.js';

/** The program in a process of its own. */
function start(folder: string, ...args: string[]) {
  const child = spawn(program[0], [...program.slice(1), ...args], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
  return { child, ended };
}

describe('what asks for the end', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-signals-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('ends a command that has nothing to finish, such as a download that nobody answers', async () => {
    const server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const asked = once(server, 'request');
    const { child, ended } = start(
      folder,
      ...['data', 'fetch', '--out', 'data', '--base-url', `http://127.0.0.1:${port}/`],
    );
    await asked;
    child.kill('SIGTERM');
    const { code, said } = await ended;
    expect(said).to.match(/LF_INTERRUPTED/);
    expect(code).to.equal(3);
    server.closeAllConnections();
    server.close();
    expect(await readdir(join(folder, 'data'))).to.deep.equal([]);
  });

  it('ends a run by --while-stdin when whoever started it is gone, and leaves it to be resumed', async () => {
    const words = ['run', 'default', '--windows', '360', '--level', '24MHz', '--strategy', 'big-only'];
    const { child, ended } = start(folder, ...words, '--out', 'run', '--while-stdin');
    await once(child.stderr, 'data');
    child.stdin.end();
    const { code, said } = await ended;
    expect(said).to.match(/LF_INTERRUPTED {2}The program that started this run has ended/);
    expect(said).to.match(/unfinished run: /);
    expect(code).to.equal(3);
  });
});
