import pg from 'pg';
import type { Cluster } from '../../farm/postgres/cluster.js';

/** Lets a test wait until something is so: it looks again whenever anything was told, and not by the clock. */
export class News {
  private told = 0;
  private waiting: (() => void)[] = [];

  tell = (): void => {
    this.told++;
    for (const wake of this.waiting.splice(0)) wake();
  };

  /** The test's own limit ends it. @param look what is not there yet is undefined or false */
  async until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
    for (;;) {
      const before = this.told;
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (this.told === before) await new Promise<void>(resolve => this.waiting.push(resolve));
    }
  }
}

const tables = ['audit', 'attempts', 'benches', 'jobs', 'leases'];
const channel = 'news_for_the_test';

/**
 * Has each transaction told that changes jobs, leases, benches or the audit log of a farm.
 * @param connection of a database that has the farm's schema
 * @returns ends it
 */
export async function tellOfFarm(
  news: News,
  connection: Cluster['connection'] | string,
): Promise<() => Promise<void>> {
  const client = new pg.Client(
    typeof connection === 'string' ? { connectionString: connection } : connection,
  );
  client.on('error', news.tell);
  await client.connect();
  await client.query(
    `create function farm.${channel}() returns trigger language plpgsql as $$ begin perform pg_notify('${channel}', ''); return null; end $$;
     ${tables.map(table => `create trigger ${channel} after insert or update or delete on farm.${table} for each statement execute function farm.${channel}()`).join(';')}`,
  );
  client.on('notification', news.tell);
  await client.query(`listen ${channel}`);
  return () => client.end();
}
