import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Database, openDatabase } from '../../farm/store/database.js';
import { createToken, identify } from '../../farm/store/tokens.js';
import { explained } from '../../testing/farm/explained.js';
import { hotQueries } from '../../testing/farm/hot-queries.js';
import { type LedgerSize, seedLedger } from '../../testing/farm/seeded-ledger.js';

export interface Timed {
  name: string;
  grows?: 'fleet';
  /** Median of several, and the least of them, milliseconds. */
  milliseconds: number;
  least: number;
  /** Processor's time of all PostgreSQL's processes, mean of those several, milliseconds; undefined where nobody tells it. */
  processor?: number;
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

/** Processor's time so far of a postmaster's processes, milliseconds (Linux; undefined elsewhere). */
function processorOf(postmaster: number | undefined): number | undefined {
  if (postmaster === undefined || process.platform !== 'linux') return undefined;
  const of = (pid: string): string | undefined => {
    try {
      return readFileSync(`/proc/${pid}/schedstat`, 'utf8');
    } catch {
      return undefined;
    }
  };
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  const times = [String(postmaster), ...children].map(pid => Number(of(pid)?.split(' ')[0] ?? 0));
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

/** Fills a ledger, and takes the time of what the farm asks all day. */
export async function scale(
  connection: Parameters<typeof openDatabase>[0]['connection'],
  size: LedgerSize,
  postmaster?: number,
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
      const before = processorOf(postmaster);
      for (let n = 0; n < repetitions; n++) {
        const start = performance.now();
        await ask(database);
        times.push(performance.now() - start);
      }
      const after = processorOf(postmaster);
      times.sort((a, b) => a - b);
      const looking = explained(database);
      await ask(looking);
      queries.push({
        name,
        grows,
        milliseconds: times[Math.floor(repetitions / 2)],
        least: times[0],
        ...(before !== undefined && after !== undefined && { processor: (after - before) / repetitions }),
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
