import type { Database, Transaction } from '../../farm/store/database.js';
import type { Plant } from './simulated-farm.js';

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

/** Faults of the rules that the world must find: each breaks one statement that a promise hangs on. */
export const plants = {
  'a store that ignores that a lease has ended': instead(
    'and l.released_at is null and l.expires_at > farm.now()',
    '',
  ),
  'a clock that runs ahead where leases are ended': instead(
    'released_at is null and expires_at <= farm.now()',
    "released_at is null and expires_at <= farm.now() + interval '14 minutes'",
  ),
  'claims that overlook quarantine': instead(
    'select token, session, is_draining, quarantine, claim from farm.benches',
    'select token, session, is_draining, null as quarantine, claim from farm.benches',
  ),
  'claims that overlook leases': instead(
    'and not exists (select from farm.leases l where l.device = d.id and l.released_at is null)',
    '',
  ),
} satisfies Record<string, Plant>;
