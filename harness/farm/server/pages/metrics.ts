import type { Database } from '../../store/database.js';

const escaped = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

interface Counted {
  label: string;
  count: string;
}

function family(name: string, help: string, label: string, rows: readonly Counted[], suffix = ''): string[] {
  const type = suffix === '_total' ? 'counter' : 'gauge';
  return [
    `# TYPE ${name} ${type}`,
    `# HELP ${name} ${help}`,
    ...rows.map(row => `${name}${suffix}{${label}="${escaped(row.label)}"} ${row.count}`),
  ];
}

/** The farm's state as OpenMetrics 1.0 text. */
export function metricsText(database: Database): Promise<string> {
  return database.transaction(async ({ query }) => {
    const jobs = await query<Counted>(
      'select state as label, count(*) as count from farm.jobs group by state order by 1',
    );
    const runs = await query<Counted>(
      'select outcome as label, count(*) as count from farm.runs group by outcome order by 1',
    );
    const causes = await query<Counted>(
      `select coalesce(cause, 'none') as label, count(*) as count from farm.attempts where state in ('error', 'expired') group by 1 order by 1`,
    );
    const devices = await query<Counted>(
      `select case when quarantine is not null then 'quarantined' when fence is not null then held_as when is_draining then 'draining' else 'free' end as label,
         count(*) as count from farm_views.fleet group by 1 order by 1`,
    );
    const steps = await query<Counted>(
      'select state as label, count(*) as count from farm.suspicions group by state order by 1',
    );
    return [
      ...family('littlefirst_farm_jobs', 'Jobs by state.', 'state', jobs),
      ...family('littlefirst_farm_devices', 'Devices by what they do.', 'state', devices),
      ...family('littlefirst_farm_runs', 'Runs in the ledger by outcome.', 'outcome', runs, '_total'),
      ...family(
        'littlefirst_farm_failed_attempts',
        'Attempts that failed, by cause.',
        'cause',
        causes,
        '_total',
      ),
      ...family(
        'littlefirst_farm_steps',
        'Suspected steps of series by verdict.',
        'verdict',
        steps,
        '_total',
      ),
      '# EOF\n',
    ].join('\n');
  });
}
