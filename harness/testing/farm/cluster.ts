import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '../../farm/postgres/cluster.js';
import { openDatabase } from '../../farm/store/database.js';

const password = 'of-the-test-only';

/** Data of a PostgreSQL that has the farm's schema already, made once in a process that runs tests, and removed with it. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const top = mkdtempSync(join(tmpdir(), 'littlefirst-farmtemplate-'));
  process.once('exit', () => rmSync(top, { recursive: true, force: true }));
  chmodSync(top, 0o755);
  const folder = join(top, 'postgres');
  const cluster = await startCluster({ folder, password, isDurable: false });
  try {
    await (await openDatabase({ connection: cluster.connection })).close();
  } finally {
    await cluster.stop();
  }
  return folder;
}

/**
 * Starts a PostgreSQL of a test's own, with the farm's schema and nothing in it: a copy of one that was made before, since to make each anew takes several times as long.
 * @param folder is not there yet; its parents let other users pass
 */
export async function startTestCluster(folder: string): Promise<Cluster> {
  template ??= makeTemplate();
  /* Owners and modes belong to it: where root runs the tests, the data is nobody's. */
  execFileSync('cp', ['-Rp', await template, folder]);
  return startCluster({ folder, password, isDurable: false });
}
