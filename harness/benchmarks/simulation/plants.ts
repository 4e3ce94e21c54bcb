import type { Database, Transaction } from '../../farm/store/database.js';
import type { Plant } from './simulated-farm.js';
import type { WorldOptions } from './world.js';

/** Answers a statement in the database's place, or lets it through: undefined. */
type Lie = (
  text: string,
  values: readonly unknown[],
  ask: Transaction['query'],
) => Promise<unknown[]> | undefined;

const lying =
  (lie: Lie): Plant =>
  (database: Database) => ({
    ...database,
    transaction: work =>
      database.transaction(transaction =>
        work({
          ...transaction,
          query: <Row>(text: string, values: readonly unknown[] = []) =>
            (lie(text, values, transaction.query) as Promise<Row[]> | undefined) ??
            transaction.query<Row>(text, values),
        }),
      ),
  });

/** Asks another statement than the rules do. */
const instead = (from: string, to: string): Plant =>
  lying((text, values, ask) => (text.includes(from) ? ask(text.replaceAll(from, to), values) : undefined));

/** A fault and the world that finds it. */
export interface Planted {
  plant: Plant;
  /** Words of what the world says then. */
  found: string;
  world: Pick<WorldOptions, 'seed' | 'benches' | 'nights' | 'trouble' | 'jobsEach' | 'rates'>;
}

const troubled = { seed: 7, benches: 5, nights: 1, trouble: 5 };

/** Faults of the rules that the world must find: each breaks one statement that a promise hangs on. Where what it takes is rare, the world has more of it. */
export const plants: Readonly<Record<string, Planted>> = {
  'a store that ignores that a lease has ended': {
    plant: instead('and l.released_at is null and l.expires_at > farm.now()', ''),
    found: 'was told that it goes on',
    world: troubled,
  },
  'a clock that runs ahead where leases are ended': {
    plant: instead(
      'released_at is null and expires_at <= farm.now()',
      "released_at is null and expires_at <= farm.now() + interval '14 minutes'",
    ),
    found: 'after its worker was heard of',
    world: troubled,
  },
  'claims that overlook quarantine': {
    plant: instead(
      'select token, session, is_draining, quarantine, claim from farm.benches',
      'select token, session, is_draining, null as quarantine, claim from farm.benches',
    ),
    found: 'is in quarantine and got a job',
    world: troubled,
  },
  'claims that overlook leases': {
    plant: instead(
      'and not exists (select from farm.leases l where l.device = d.id and l.released_at is null)',
      '',
    ),
    found: 'one_holder_at_a_time',
    world: troubled,
  },
  'a store that ignores that the device of a late run has gone on': {
    plant: instead(
      'select from farm.leases where device = $1 and fence > $2 limit 1',
      'select where $1::bigint is null and $2::bigint is null',
    ),
    found: 'although its device had gone on',
    world: { seed: 8, benches: 3, nights: 1, trouble: 0, jobsEach: 8, rates: { 'way cut': 12 } },
  },
  'settlements that are taken again': {
    plant: instead(
      'select a.id, a.job, a.number, a.queue, a.state, a.device',
      "select a.id, a.job, a.number, a.queue, 'running' as state, a.device",
    ),
    found: 'attempts_job_number_key',
    world: troubled,
  },
};
