import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { type Account, isOpenToAll, postgresBinaries, serverAccount } from './binaries.js';

export interface ClusterOptions {
  /** Folder of the data; made where it is missing. */
  folder: string;
  /** Secret of the database's only role. */
  password: string;
  /** false: what is committed may be lost when the machine fails; for tests. */
  isDurable?: boolean;
  /** Folder with `bin/` of the PostgreSQL; default: `postgresBinaries`. */
  binaries?: string;
}

/** A running PostgreSQL of our own, reached by a unix socket only. */
export interface Cluster {
  /** How `pg` connects. */
  connection: { host: string; user: string; password: string; database: string };
  /** The postmaster's process. */
  pid: number;
  /** Ends it in good order: nothing that was committed is lost. */
  stop(): Promise<void>;
}

const user = 'farm';
/** Lines of the server's log that an error shows. */
const mostLines = 12;
/** How long the backends of a killed postmaster may take: they look at its pipe when they wait, so far less. */
const mostTries = 60;
const pauseMilliseconds = 250;

interface Ended {
  code: number | null;
  text: string;
}

/** Without the caller's variables: PGDATA, PGPORT and their like would speak of another cluster. */
const environment = { LC_ALL: 'C', PATH: process.env.PATH, TZ: 'UTC' };

function run(program: string, words: readonly string[], account: Account | undefined): Promise<Ended> {
  return new Promise(resolve => {
    const child = spawn(program, words, { ...account, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)));
    child.once('error', error => resolve({ code: null, text: error.message }));
    child.once('close', code => resolve({ code, text }));
  });
}

function failed(what: string, text: string): LittlefirstError {
  return new LittlefirstError('LF_FARM_DATABASE', `PostgreSQL ${what}`, {
    received: text.trim().split('\n').slice(-mostLines).join('\n    '),
    hint: 'see the lines above; DATABASE_URL names a PostgreSQL of your own instead',
  });
}

async function initialise(
  binaries: string,
  data: string,
  password: string,
  account: Account | undefined,
  isDurable: boolean,
): Promise<void> {
  const secrets = makeTemporaryFolder('pgsecret');
  const file = join(secrets, 'password');
  writeFileSync(file, password, { mode: 0o600 });
  if (account !== undefined) for (const path of [secrets, file]) chownSync(path, account.uid, account.gid);
  try {
    const words = [
      ...['-D', data, '-U', user, '--pwfile', file, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', ...(isDurable ? [] : ['--no-sync'])],
    ];
    const { code, text } = await run(join(binaries, 'bin', 'initdb'), words, account);
    if (code !== 0) throw failed('could not make its cluster', text);
  } finally {
    removeTemporaryFolder(secrets);
  }
}

/** Process id in a cluster's `postmaster.pid`, if that process lives. */
function postmasterOf(data: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

/** Resolves once the server says that it takes connections. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', chunk => {
      text = (text + String(chunk)).slice(-20_000);
      if (text.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', error => reject(failed('could not be started', error.message)));
    child.once('exit', code => reject(failed(`ended at its start with code ${code}`, text)));
  });
}

/** Backends of a killed postmaster notice its death by themselves; until then their memory keeps a new one from starting. */
async function afterOrphans<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === mostTries || !String(error).includes('shared memory block')) throw error;
      await pause(pauseMilliseconds);
    }
  }
}

/**
 * Starts the PostgreSQL that npm ships, on a unix socket in a private folder, without TCP; as nobody where this process is root.
 * A cluster that an earlier farm left running is ended first.
 * @throws LF_TOOL_MISSING, LF_FARM_DATABASE
 */
export async function startCluster({
  folder,
  password,
  isDurable = true,
  binaries: chosen,
}: ClusterOptions): Promise<Cluster> {
  const account = serverAccount();
  const binaries = chosen ?? (await postgresBinaries(account));
  makeFolder(folder, 0o700);
  if (account !== undefined) {
    if (!isOpenToAll(join(folder, '..')))
      throw new LittlefirstError(
        'LF_FARM_DATABASE',
        `PostgreSQL does not run as root, and nobody else reaches ${folder}`,
        {
          expected: 'a folder whose parents let other users pass',
          hint: "start the farm as an ordinary user, or in a folder outside of root's home with --dir",
        },
      );
    chownSync(folder, account.uid, account.gid);
  }
  const data = join(folder, 'data');
  const isNew = !existsSync(join(data, 'PG_VERSION'));
  if (isNew) {
    rmSync(data, { recursive: true, force: true });
    await initialise(binaries, data, password, account, isDurable);
  } else if (postmasterOf(data) !== undefined) {
    const words = ['stop', '-D', data, '-m', 'fast', '-w'];
    const { code, text } = await run(join(binaries, 'bin', 'pg_ctl'), words, account);
    if (code !== 0 && postmasterOf(data) !== undefined && !text.includes('No such process'))
      throw failed('of an earlier farm could not be ended', text);
  }
  const socket = makeTemporaryFolder('pg');
  if (account !== undefined) chownSync(socket, account.uid, account.gid);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    logging_collector: 'off',
    max_connections: '60',
    ...(!isDurable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = async () => {
    const postgres = spawn(join(binaries, 'bin', 'postgres'), ['-D', data, ...words], {
      ...account,
      cwd: data,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      /* A Ctrl-C in the terminal is for the farm, which ends its database last. */
      detached: true,
    });
    await ready(postgres).catch(error => {
      postgres.kill('SIGQUIT');
      throw error;
    });
    return postgres;
  };
  let child: ChildProcess;
  try {
    child = await afterOrphans(start);
  } catch (error) {
    removeTemporaryFolder(socket);
    throw error;
  }
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  child.stderr?.resume();
  const abandon = () => child.kill('SIGINT');
  process.on('exit', abandon);
  return {
    connection: { host: socket, user, password, database: 'postgres' },
    pid: child.pid!,
    stop: async () => {
      process.off('exit', abandon);
      child.kill('SIGINT');
      await ended;
      removeTemporaryFolder(socket);
    },
  };
}
