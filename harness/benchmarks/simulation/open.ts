import pg from 'pg';
import { openDatabase } from '../../farm/store/database.js';
import type { WorldOptions } from './world.js';

/**
 * Makes a new cluster's database ready for a world that can be repeated: with the schema, and without what PostgreSQL does when it has time, so that its plans,
 * and the order of rows that no statement asks for, depend on nothing but what was done before.
 */
export async function prepareDatabase(connection: WorldOptions['connection']): Promise<void> {
  await (await openDatabase({ connection })).close();
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query('alter system set autovacuum = off');
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}

/** Empties the farm's tables and its queue, as a database that was never used. */
export async function emptyFarm(connection: WorldOptions['connection']): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select 'farm.' || relname as name from pg_class where relnamespace = 'farm'::regnamespace and relkind = 'r' and relname <> 'migrations'`,
    );
    await client.query('alter table farm.audit disable trigger audit_is_kept');
    await client.query(`truncate ${rows.map(({ name }) => name).join(', ')} restart identity cascade`);
    await client.query('alter table farm.audit enable trigger audit_is_kept');
    await client.query('delete from farm_queue.job');
  } finally {
    await client.end();
  }
}
