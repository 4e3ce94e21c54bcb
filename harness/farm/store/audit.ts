import type { Transaction } from './database.js';

/** What was done, by whom, to what. Part of the transaction that does it: neither is there without the other. */
export async function audit(
  { query }: Transaction,
  actor: string,
  action: string,
  subject: string,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await query(
    'insert into farm.audit (at, actor, action, subject, detail) values (farm.now(), $1, $2, $3, $4)',
    [actor, action, subject, JSON.stringify(detail)],
  );
}
