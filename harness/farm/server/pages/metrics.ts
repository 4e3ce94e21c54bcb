import type { Database } from '../../store/database.js';
import { type Family, readTallies } from '../../store/kept/tallies.js';

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
    const tallies = await query<Counted & { family: Family }>(readTallies);
    const of = (family: Family) => tallies.filter(row => row.family === family);
    const devices = await query<Counted>(
      `select case when quarantine is not null then 'quarantined' when fence is not null then held_as when is_draining then 'draining' else 'free' end as label,
         count(*) as count from farm_views.fleet group by 1 order by 1`,
    );
    return [
      ...family('littlefirst_farm_jobs', 'Jobs by state.', 'state', of('jobs')),
      ...family('littlefirst_farm_devices', 'Devices by what they do.', 'state', devices),
      ...family('littlefirst_farm_runs', 'Runs in the ledger by outcome.', 'outcome', of('runs'), '_total'),
      ...family(
        'littlefirst_farm_failed_attempts',
        'Attempts that failed, by cause.',
        'cause',
        of('failed attempts'),
        '_total',
      ),
      ...family(
        'littlefirst_farm_steps',
        'Suspected steps of series by verdict.',
        'verdict',
        of('steps'),
        '_total',
      ),
      '# EOF\n',
    ].join('\n');
  });
}
