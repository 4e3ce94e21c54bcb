import { performance } from 'node:perf_hooks';
import { type Database, openDatabase } from '../../farm/store/database.js';
import { createToken, identify } from '../../farm/store/tokens.js';
import { explained } from '../../testing/farm/explained.js';
import { hotQueries } from '../../testing/farm/hot-queries.js';
import { type LedgerSize, seedLedger } from '../../testing/farm/seeded-ledger.js';

export interface Timed {
  name: string;
  grows?: 'fleet';
  /** Median of several, milliseconds. */
  milliseconds: number;
  /** Rows that it looked at, of all tables. */
  rows: number;
  /** Tables of more than a thousand rows that it read from end to end. */
  whole: string[];
}

export interface Scale {
  queries: Timed[];
  blocks: number;
  runs: number;
  bytesPerBenchYear: number;
  seedSeconds: number;
}

const repetitions = 5;
const smallTable = 1000;

const one = async <Row>(database: Database, text: string): Promise<Row> =>
  (await database.transaction(({ query }) => query<Row>(text)))[0];

/** Fills a ledger, and takes the time of what the farm asks all day. */
export async function scale(
  connection: Parameters<typeof openDatabase>[0]['connection'],
  size: LedgerSize,
): Promise<Scale> {
  const database = await openDatabase({ connection });
  try {
    const { token } = (await identify(database, await createToken(database, 'trial', 'seed', 'worker')))!;
    const begun = performance.now();
    await seedLedger(database, token, size);
    const seedSeconds = (performance.now() - begun) / 1000;
    const large = new Map<string, number>();
    for (const { name, rows } of await database.transaction(({ query }) =>
      query<{ name: string; rows: number }>(
        `select relname as name, reltuples::float as rows from pg_class where relnamespace = 'farm'::regnamespace and relkind = 'r'`,
      ),
    ))
      large.set(name, rows);
    const queries: Timed[] = [];
    for (const { name, grows, ask } of hotQueries(token)) {
      const times: number[] = [];
      for (let n = 0; n < repetitions; n++) {
        const start = performance.now();
        await ask(database);
        times.push(performance.now() - start);
      }
      const looking = explained(database);
      await ask(looking);
      queries.push({
        name,
        grows,
        milliseconds: times.sort((a, b) => a - b)[Math.floor(repetitions / 2)],
        rows: Object.values(looking.reading.rows).reduce((sum, rows) => sum + rows, 0),
        whole: [...new Set(looking.reading.whole)].filter(table => (large.get(table) ?? 0) > smallTable),
      });
    }
    const { bytes } = await one<{ bytes: number }>(
      database,
      `select sum(pg_total_relation_size(oid))::float as bytes from pg_class where relnamespace = 'farm'::regnamespace and relkind = 'r'`,
    );
    return {
      queries,
      seedSeconds,
      blocks: size.benches * size.nights * size.blocksPerRun,
      runs: size.benches * size.nights,
      bytesPerBenchYear: (bytes / size.benches / size.nights) * 365,
    };
  } finally {
    await database.close();
  }
}
