import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import pg from 'pg';
import { copyForAccount, isOpenToAll, postgresBinaries, serverAccount } from './binaries.js';
import { type Cluster, startCluster } from './cluster.js';

const password = 'only-for-this-test';

describe("the farm's own PostgreSQL", () => {
  let top: string;
  let cluster: Cluster | undefined;
  const start = async () => {
    cluster = await startCluster({ folder: join(top, 'postgres'), password, isDurable: false });
    return cluster;
  };
  const ask = async (text: string, connection = cluster!.connection) => {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-cluster-'));
    await chmod(top, 0o755);
  });
  after(async () => {
    await cluster?.stop();
    await rm(top, { recursive: true, force: true });
  });

  it('starts as whom it may, answers on its socket only, and keeps what was committed', async () => {
    await start();
    expect(await ask('show listen_addresses')).to.deep.equal([{ listen_addresses: '' }]);
    await ask('create table kept as select 7 as n');
    await cluster!.stop();
    await start();
    expect(await ask('select n from kept')).to.deep.equal([{ n: 7 }]);
    const { uid, mode } = await stat(cluster!.connection.host);
    expect(mode & 0o077).to.equal(0);
    expect(uid).to.equal(serverAccount()?.uid ?? process.getuid!());
  });

  it('asks for its password', async () => {
    const failure = await ask('select 1', { ...cluster!.connection, password: 'another' }).catch(e => e);
    expect(String(failure)).to.contain('password authentication failed');
  });

  it('ends one that an earlier farm left running', async () => {
    const { pid } = cluster!;
    await start();
    expect(cluster!.pid).to.not.equal(pid);
    expect(await ask('select n from kept')).to.deep.equal([{ n: 7 }]);
  });

  it('comes back after its postmaster was killed', async () => {
    process.kill(cluster!.pid, 'SIGKILL');
    await start();
    expect(await ask('select n from kept')).to.deep.equal([{ n: 7 }]);
  });

  it('tells folders that others cannot reach', async () => {
    expect(isOpenToAll(top)).to.equal(true);
    expect(isOpenToAll(join(top, 'postgres', 'data'))).to.equal(false);
  });

  it('is the one that LITTLEFIRST_POSTGRES names, where there is one', async () => {
    const native = await postgresBinaries(serverAccount(), '');
    expect(await postgresBinaries(undefined, native)).to.equal(native);
    const wrong = await postgresBinaries(undefined, top).catch(error => error as { code: string });
    expect(wrong).to.include({ code: 'LF_TOOL_MISSING' });
  });

  const asRoot = process.getuid?.() === 0 ? it : () => undefined;
  asRoot("is copied to where its account reaches it, when it lies in root's home", async () => {
    const native = await postgresBinaries(undefined, '');
    const copy = await copyForAccount(native, '0', [join(top, 'copies')]);
    expect(await copyForAccount(native, '0', [join(top, 'copies')])).to.equal(copy);
    const { stdout } = await execa(join(copy, 'bin', 'postgres'), ['--version'], serverAccount());
    expect(stdout).to.match(/^postgres \(PostgreSQL\) \d/);
  });
});
