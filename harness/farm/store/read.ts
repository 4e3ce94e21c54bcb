import type { Database } from './database.js';

/** What people and programs read of the farm. Each is one statement that an index serves, and bounded. */

export interface FleetRow {
  bench: string;
  device: string;
  board: string;
  chip: string;
  meter: string;
  seen_at: Date;
  is_draining: boolean;
  quarantine: string | null;
  faults_in_a_row: number;
  fence: string | null;
  held_as: 'job' | 'reservation' | 'command' | null;
  holder: string | null;
  held_since: Date | null;
  held_until: Date | null;
}

export const fleet = (database: Database): Promise<FleetRow[]> =>
  database.transaction(({ query }) =>
    query<FleetRow>('select * from farm_views.fleet order by bench, device limit 1000'),
  );

export interface JobRow {
  id: string;
  name: string;
  nightly: string | null;
  state: string;
  priority: number;
  created_by: string;
  created_at: Date;
  finished_at: Date | null;
  attempts: number;
  cause: string | null;
  code: string | null;
  message: string | null;
  bench: string | null;
  device: string | null;
  run: string | null;
  outcome: string | null;
}

export const jobs = (
  database: Database,
  { nightly, state, limit }: { nightly?: string; state?: string; limit: number },
): Promise<JobRow[]> =>
  database.transaction(({ query }) =>
    query<JobRow>(
      `select * from farm_views.jobs where ($1::text is null or nightly = $1) and ($2::text is null or state = $2)
       order by created_at desc, id limit $3`,
      [nightly ?? null, state ?? null, limit],
    ),
  );

export interface AuditRow {
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export const auditOf = (
  database: Database,
  subject: string | undefined,
  limit: number,
): Promise<AuditRow[]> =>
  database.transaction(({ query }) =>
    subject === undefined
      ? query<AuditRow>(
          'select at, actor, action, subject, detail from farm.audit order by id desc limit $1',
          [limit],
        )
      : query<AuditRow>(
          'select at, actor, action, subject, detail from farm.audit where subject = $1 order by id limit $2',
          [subject, limit],
        ),
  );

export const jobOf = (database: Database, id: string): Promise<JobRow | undefined> =>
  database.transaction(
    async ({ query }) => (await query<JobRow>('select * from farm_views.jobs where id = $1', [id]))[0],
  );

export interface RunRow {
  id: string;
  job: string | null;
  bench: string;
  fence: string | null;
  started_at: Date;
  outcome: string;
  energy: string;
  commit: string;
  files: { name: string; sha256: string }[];
}

/** Files of run `r`, as JSON. */
export const filesOfRun = `coalesce((select jsonb_agg(jsonb_build_object('name', f.name, 'sha256', f.sha256) order by f.name) from farm.run_files f where f.run = r.id), '[]') as files`;
const runColumns = `r.id, r.job, r.bench, r.fence, r.started_at, r.outcome, r.energy, r.commit,
  ${filesOfRun}`;

export const runs = (database: Database, limit: number): Promise<RunRow[]> =>
  database.transaction(({ query }) =>
    query<RunRow>(`select ${runColumns} from farm.runs r order by r.started_at desc limit $1`, [limit]),
  );

export const runOf = (database: Database, id: string): Promise<RunRow | undefined> =>
  database.transaction(
    async ({ query }) =>
      (await query<RunRow>(`select ${runColumns} from farm.runs r where r.id = $1`, [id]))[0],
  );

export interface SeriesRow {
  id: string;
  bench: string;
  board: string;
  chip: string;
  meter: string;
  level: string;
  strategy: string;
  bundle: string;
  energy: string;
  dataset: string;
}

export const series = (database: Database, limit: number): Promise<SeriesRow[]> =>
  database.transaction(({ query }) =>
    query<SeriesRow>(
      'select * from farm.series order by board, chip, bundle, bench, level, strategy, id limit $1',
      [limit],
    ),
  );

export interface PointRow {
  run: string;
  at: Date;
  commit: string;
  firmware_sha256: string;
  accuracy: number | null;
  accuracy_low: number | null;
  accuracy_high: number | null;
  cycles_per_window: number | null;
  energy_uj: number | null;
  energy_low_uj: number | null;
  energy_high_uj: number | null;
  is_valid: boolean;
}

/** The newest points of a series, oldest first. */
export const pointsOf = async (database: Database, id: string, limit: number): Promise<PointRow[]> =>
  (
    await database.transaction(({ query }) =>
      query<PointRow>(
        `select run, at, commit, firmware_sha256, accuracy, accuracy_low, accuracy_high, cycles_per_window, energy_uj,
           energy_low_uj, energy_high_uj, is_valid from farm_views.points where series = $1 order by at desc limit $2`,
        [id, limit],
      ),
    )
  ).reverse();

export const seriesById = (database: Database, id: string): Promise<SeriesRow | undefined> =>
  database.transaction(
    async ({ query }) => (await query<SeriesRow>('select * from farm.series where id = $1', [id]))[0],
  );
