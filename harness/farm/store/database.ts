import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Clock, Db, PgBoss } from 'pg-boss';
import { LittlefirstError } from '../../errors.js';
import { loadOptional, optionalModule } from '../../optional-module.js';
import { migrations } from './migrations.js';

/** How the database is reached: a URL, or the parts of our own cluster. */
export type Connection = string | { host: string; user: string; password: string; database: string };

/** One transaction. */
export interface Transaction {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same connection as pg-boss takes it. */
  boss: Db;
}

/** The farm's database: what every store works on. */
export interface Database {
  /** All or nothing; tried again where two of them were in each other's way. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  boss: PgBoss;
  /** Name of something new, a UUID. */
  newId(): string;
  /** Calls back whenever jobs may have become ready, from any server of this database. @returns ends it */
  onReady(tell: () => void): () => void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  connection: Connection;
  /** A clock of its own, for simulations; default: the database's. */
  now?: () => Date;
  /** The queue's clock, for simulations (pg-boss's TestClock); default: the machine's and the database's. */
  queueClock?: Clock;
  /** Names of new things, for simulations that are to be repeated; default: random ones. */
  newId?: () => string;
  /** Called when the database went away in the background; the pool comes back by itself. */
  onError?: (error: Error) => void;
}

/** serialization_failure, deadlock_detected (PostgreSQL manual, appendix A). */
const worthAnotherTry = new Set(['40001', '40P01']);
const mostTries = 5;
/** Oldest PostgreSQL that the farm is tested with. */
const leastVersion = 150_000;
const migrationLock = 0x6c66_6d69;
const readyChannel = 'farm_ready';

const connectionOf = (connection: Connection): pg.PoolConfig =>
  typeof connection === 'string' ? { connectionString: connection } : connection;

function unusable(summary: string, expected: string, received: string, hint: string): LittlefirstError {
  return new LittlefirstError('LF_FARM_DATABASE', summary, { expected, received, hint });
}

/** Brings the schema to this program's version, one server at a time. */
async function migrate(client: pg.PoolClient): Promise<void> {
  const { rows: found } = await client.query('show server_version_num');
  if (Number(found[0].server_version_num) < leastVersion)
    throw unusable(
      'This PostgreSQL is too old',
      '15 or later',
      String(found[0].server_version_num),
      'upgrade it',
    );
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('create schema if not exists farm');
    await client.query(
      'create table if not exists farm.migrations (version integer primary key, name text not null, applied_at timestamptz not null)',
    );
    const { rows } = await client.query('select coalesce(max(version), 0) as version from farm.migrations');
    const has = Number(rows[0].version);
    const newest = migrations.at(-1)!.version;
    if (has > newest)
      throw unusable(
        'The database is of a later littlefirst',
        `schema version ${newest} at most`,
        `version ${has}`,
        'upgrade this program',
      );
    for (const { version, name, sql } of migrations.filter(step => step.version > has)) {
      await client.query(sql);
      await client.query('insert into farm.migrations values ($1, $2, clock_timestamp())', [version, name]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function transactionOn(client: pg.PoolClient): Transaction {
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, [...values])).rows as Row[],
    boss: { executeSql: (text, values) => client.query(text, values as unknown[] | undefined) },
  };
}

/** Keeps one connection that listens, and makes another when it is lost. */
function listen(pool: pg.Pool, tell: () => void): () => Promise<void> {
  let isOver = false;
  let current: pg.PoolClient | undefined;
  const begin = async (): Promise<void> => {
    while (!isOver) {
      let client: pg.PoolClient | undefined;
      try {
        const one = await pool.connect();
        client = one;
        current = one;
        const lost = new Promise<void>(resolve => {
          one.once('error', () => resolve());
          one.once('end', () => resolve());
        });
        one.on('notification', tell);
        await one.query(`listen ${readyChannel}`);
        tell();
        await lost;
        one.release(true);
        client = undefined;
      } catch {
        /* The database is away: the next try tells. What broke before it listened goes back too, or the pool would be used up. */
        client?.release(true);
        await new Promise(resolve => setTimeout(resolve, 500).unref());
      }
    }
  };
  const running = begin();
  return async () => {
    isOver = true;
    (current as unknown as { end?: () => Promise<void> } | undefined)?.end?.().catch(() => undefined);
    await running;
  };
}

/**
 * With a clock of its own pg-boss sets a switch on each new connection and does not wait for that (pg-boss 12, db.js): pg warns of what is asked beside it, and is
 * to refuse it in its version 9. Given to pg's pool, which hands a connection out when this calls back.
 */
function afterClockIsSet(client: pg.PoolClient, handOut: () => void): void {
  client.once('drain', handOut);
}

/**
 * Opens the farm's database and brings its schema up to date.
 * @throws LF_TOOL_MISSING without `pg` and `pg-boss`, LF_FARM_DATABASE
 */
export async function openDatabase({
  connection,
  now,
  queueClock,
  newId = randomUUID,
  onError = () => undefined,
}: DatabaseOptions): Promise<Database> {
  const { default: postgres } = await loadOptional(() => import('pg'), optionalModule('pg'));
  const { PgBoss } = await loadOptional(() => import('pg-boss'), optionalModule('pg-boss'));
  const pool = new postgres.Pool({
    ...connectionOf(connection),
    max: 12,
    application_name: 'littlefirst farm',
  });
  pool.on('error', onError);
  /* One that is lost while it is in use has nobody else who listens, and would end the process; whoever uses it hears of it by what is asked next. */
  pool.on('connect', one => one.on('error', () => undefined));
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    await pool.end();
    throw new LittlefirstError('LF_FARM_DATABASE', "The farm's database cannot be reached", {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'check DATABASE_URL',
      cause,
    });
  }
  try {
    await migrate(client);
  } finally {
    client.release();
  }
  const boss = new PgBoss({
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    schema: 'farm_queue',
    max: 3,
    registerInstance: false,
    monitorVacuum: false,
    ...(queueClock !== undefined && { clock: queueClock, verify: afterClockIsSet }),
  });
  boss.on('error', onError);
  await boss.start();
  const listeners = new Set<() => void>();
  const stopListening = listen(pool, () => {
    for (const tell of listeners) tell();
  });

  async function once<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const one = await pool.connect();
    let isBroken = false;
    try {
      await one.query('begin');
      if (now !== undefined)
        await one.query(`select set_config('farm.now', $1, true)`, [now().toISOString()]);
      /* Connections that pg-boss did not open itself must ask for its clock (pg-boss 12, plans.js). */
      if (queueClock !== undefined) await one.query(`select set_config('pgboss.test_clock', 'on', true)`);
      const value = await work(transactionOn(one));
      await one.query('commit');
      return value;
    } catch (error) {
      await one.query('rollback').catch(() => {
        isBroken = true;
      });
      throw error;
    } finally {
      one.release(isBroken);
    }
  }

  return {
    boss,
    newId,
    transaction: async work => {
      for (let tries = 1; ; tries++) {
        try {
          return await once(work);
        } catch (error) {
          const { code = '' } = error as { code?: string };
          if (tries === mostTries || !worthAnotherTry.has(code)) throw error;
        }
      }
    },
    onReady: tell => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    close: async () => {
      await boss.stop({ graceful: false, close: true });
      await stopListening();
      await pool.end();
    },
  };
}

/** Tells every server, once the transaction has ended well, that jobs may have become ready. */
export async function tellReady({ query }: Transaction): Promise<void> {
  await query(`select pg_notify('${readyChannel}', '')`);
}
