import type { Database } from '../../farm/store/database.js';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** What statements read. */
export interface Reading {
  /** Rows of each table that were looked at, whether they were wanted or not. */
  rows: Record<string, number>;
  /** Tables that were read from end to end. */
  whole: string[];
}

/**
 * A database that explains what it is asked (EXPLAIN ANALYZE) before it answers.
 * @param asIfLarge plans as for tables that are too large to be read from end to end, where an index can serve
 */
export function explained(database: Database, asIfLarge = false): Database & { reading: Reading } {
  const reading: Reading = { rows: {}, whole: [] };
  const note = (plan: Plan): void => {
    const table = plan['Relation Name'];
    if (table !== undefined && plan['Node Type'].includes('Scan')) {
      const looked = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
      reading.rows[table] = (reading.rows[table] ?? 0) + looked;
      if (plan['Node Type'] === 'Seq Scan') reading.whole.push(table);
    }
    for (const one of plan.Plans ?? []) note(one);
  };
  return {
    ...database,
    reading,
    transaction: work =>
      database.transaction(async transaction => {
        if (asIfLarge)
          for (const way of ['seqscan', 'hashjoin', 'mergejoin'])
            await transaction.query(`set local enable_${way} = off`);
        return work({
          ...transaction,
          query: async (text, values) => {
            if (/^\s*(select|with)\b/i.test(text)) {
              const [row] = await transaction.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
                `explain (analyze, format json) ${text}`,
                values,
              );
              note(row['QUERY PLAN'][0].Plan);
            }
            return transaction.query(text, values);
          },
        });
      }),
  };
}
