import { earlySchema, seriesSchema } from '../series/schema.js';
import { mendedNewestSchema, newestSchema, sinceSchema } from './kept/newest.js';
import { emptiedTalliesSchema, talliesSchema } from './kept/tallies.js';

/** A step of the schema. Never edit one that was released: add another. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}

const first = `
create function farm.now() returns timestamptz language sql stable as
  $$ select coalesce(nullif(current_setting('farm.now', true), '')::timestamptz, clock_timestamp()) $$;

create table farm.tokens (
  id bigint generated always as identity primary key,
  name text not null unique,
  role text not null check (role in ('viewer', 'operator', 'worker')),
  /* SHA-256 of the token, which has 256 random bits: no salt and no slow hash adds to that. */
  hash bytea not null unique,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table farm.benches (
  name text primary key,
  /* Token that may speak for the bench, and the worker process that does so now. */
  token bigint not null references farm.tokens,
  session uuid,
  seen_at timestamptz not null,
  version text not null,
  health jsonb not null default '{}',
  is_draining boolean not null default false,
  quarantine text,
  quarantined_at timestamptz,
  faults_in_a_row integer not null default 0
);

create table farm.devices (
  id bigint generated always as identity primary key,
  bench text not null references farm.benches,
  name text not null,
  board text not null,
  chip text not null,
  meter text not null,
  tags text[] not null default '{}',
  is_present boolean not null default true,
  unique (bench, name)
);

/* A list of waiting attempts that the same devices fit: one queue of pg-boss. */
create table farm.queues (
  name text primary key,
  want jsonb not null,
  excluded text[] not null
);

create table farm.jobs (
  id uuid primary key,
  name text not null,
  nightly text,
  want jsonb not null,
  spec jsonb not null,
  priority integer not null,
  state text not null check (state in ('queued', 'running', 'done', 'error', 'cancelled')),
  is_cancel_wanted boolean not null default false,
  created_by text not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index jobs_by_time on farm.jobs (created_at desc);
create index jobs_of_nightly on farm.jobs (nightly, created_at desc) where nightly is not null;

create table farm.attempts (
  id uuid primary key,
  job uuid not null references farm.jobs,
  number integer not null,
  queue text not null references farm.queues,
  priority integer not null,
  state text not null check (state in ('queued', 'running', 'done', 'error', 'expired', 'cancelled')),
  /* The board is power-cycled before the run. */
  is_power_cycled boolean not null default false,
  device bigint references farm.devices,
  fence bigint unique,
  cause text check (cause in ('bench', 'dut', 'input', 'cancelled')),
  code text,
  message text,
  queued_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  unique (job, number)
);
create index attempts_waiting on farm.attempts (queue, priority desc, queued_at) where state = 'queued';
create unique index one_attempt_at_a_time on farm.attempts (job) where state in ('queued', 'running');

create table farm.leases (
  fence bigint generated always as identity primary key,
  device bigint not null references farm.devices,
  kind text not null check (kind in ('job', 'reservation')),
  holder text not null,
  attempt uuid unique references farm.attempts,
  granted_at timestamptz not null,
  expires_at timestamptz not null,
  released_at timestamptz,
  ending text check (ending in ('released', 'expired')),
  check ((released_at is null) = (ending is null)),
  check (expires_at > granted_at),
  /* Proof that no device was ever held twice at one time, whatever the program did. */
  constraint one_holder_at_a_time exclude using gist (
    int8range(device, device, '[]') with &&,
    tstzrange(granted_at, coalesce(released_at, expires_at)) with &&
  )
);
create index leases_open on farm.leases (expires_at) where released_at is null;
create index leases_of_device on farm.leases (device, fence desc);

create table farm.artefacts (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint not null,
  stored_at timestamptz not null
);

create table farm.series (
  id bigint generated always as identity primary key,
  bench text not null,
  board text not null,
  chip text not null,
  meter text not null,
  level text not null,
  strategy text not null,
  bundle text not null,
  energy text not null,
  dataset text not null,
  unique (bench, board, chip, meter, level, strategy, bundle, energy, dataset)
);

create table farm.runs (
  id text primary key,
  /* Once in the ledger: a job has at most one run that counts, a lease at most one run. */
  job uuid unique references farm.jobs,
  attempt uuid unique references farm.attempts,
  fence bigint unique references farm.leases,
  bench text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  received_at timestamptz not null,
  outcome text not null check (outcome in ('pass', 'fail', 'inconclusive', 'error')),
  energy text not null,
  commit text not null,
  firmware_sha256 text not null,
  record jsonb not null
);
create index runs_by_time on farm.runs (started_at desc);

create table farm.blocks (
  run text not null references farm.runs,
  ordinal integer not null,
  series bigint not null references farm.series,
  at timestamptz not null,
  windows integer not null,
  accuracy double precision,
  accuracy_low double precision,
  accuracy_high double precision,
  cycles_per_window double precision,
  energy_uj double precision,
  energy_low_uj double precision,
  energy_high_uj double precision,
  energy_u95_meter_uj double precision,
  is_valid boolean not null,
  reason text,
  primary key (run, ordinal)
);
create index blocks_of_series on farm.blocks (series, at desc);

create table farm.verdicts (
  run text not null references farm.runs,
  ordinal integer not null,
  target text not null,
  block text not null,
  limit_value double precision not null,
  value double precision,
  u95 double precision,
  unit text not null,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive', 'error')),
  reason text not null,
  primary key (run, ordinal)
);

create table farm.run_files (
  run text not null references farm.runs,
  name text not null,
  sha256 text not null references farm.artefacts,
  primary key (run, name)
);

/* Nightlies that come again; last_due: the newest time that was enqueued, or when the schedule was made. */
create table farm.schedules (
  name text primary key,
  cron text not null,
  timezone text not null,
  jobs jsonb not null,
  made_by text not null,
  last_due timestamptz not null
);

create table farm.annotations (
  id bigint generated always as identity primary key,
  series bigint not null references farm.series,
  at timestamptz not null,
  kind text not null check (kind in ('note', 'accepted')),
  body text not null,
  made_by text not null,
  made_at timestamptz not null
);
create index annotations_of_series on farm.annotations (series, at);

create table farm.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail jsonb not null
);
create index audit_of_subject on farm.audit (subject, id);
create index audit_of_action on farm.audit (action, id);
/* What was done stays written down. */
create function farm.keep_audit() returns trigger language plpgsql as
  $$ begin raise exception 'the audit log is only added to'; end $$;
create trigger audit_is_kept before update or delete or truncate on farm.audit
  for each statement execute function farm.keep_audit();
`;

/** Views for other programs, as Grafana (harness/farm/README.md). */
const views = `
create schema farm_views;
create view farm_views.points as
  select s.id as series, s.bench, s.board, s.chip, s.meter, s.level, s.strategy, s.bundle, s.energy as energy_kind, s.dataset,
    b.at, b.run, r.commit, r.firmware_sha256, b.windows, b.accuracy, b.accuracy_low, b.accuracy_high, b.cycles_per_window,
    b.energy_uj, b.energy_low_uj, b.energy_high_uj, b.is_valid, b.reason
  from farm.blocks b join farm.series s on s.id = b.series join farm.runs r on r.id = b.run;
create view farm_views.fleet as
  select d.bench, d.name as device, d.board, d.chip, d.meter, b.seen_at, b.is_draining, b.quarantine, b.faults_in_a_row,
    l.fence, l.kind as held_as, l.holder, l.granted_at as held_since, l.expires_at as held_until
  from farm.devices d join farm.benches b on b.name = d.bench
  left join farm.leases l on l.device = d.id and l.released_at is null and l.expires_at > farm.now()
  where d.is_present;
create view farm_views.jobs as
  select j.id, j.name, j.nightly, j.state, j.priority, j.created_by, j.created_at, j.finished_at, a.number as attempts,
    a.cause, a.code, a.message, d.bench, d.name as device, r.id as run, r.outcome
  from farm.jobs j
  left join lateral (select * from farm.attempts x where x.job = j.id order by x.number desc limit 1) a on true
  left join farm.devices d on d.id = a.device
  left join farm.runs r on r.job = j.id;
create view farm_views.audit as select at, actor, action, subject, detail from farm.audit;
`;

/** What makes a request that is sent again, since its answer was lost, the same request. */
const requests = `
create table farm.requests (
  actor text not null,
  key text not null,
  /* SHA-256 of what was asked for: the same key for something else is a mistake. */
  content text not null,
  made_at timestamptz not null,
  primary key (actor, key)
);
/* Number of the newest claim of the process that speaks for a bench, and the claim that a lease answered. */
alter table farm.benches add column claim bigint not null default 0;
alter table farm.leases add column claim_session uuid, add column claim bigint;
create index leases_of_claim on farm.leases (claim_session, claim) where claim is not null;
create index series_of_emulators on farm.series (board, level, strategy, bundle, dataset) where energy = 'modelled';
create index jobs_of_state on farm.jobs (state, created_at desc);
`;

/** What a pipeline waits for, and what it may hold. */
const pipelines = `
/* How many jobs the request brings; unknown of those before. */
alter table farm.requests add column jobs integer;
/* A device that is held while a command runs: its lease lives by heartbeats, as a job's does. */
alter table farm.leases drop constraint leases_kind_check,
  add constraint leases_kind_check check (kind in ('job', 'reservation', 'command'));
`;

export const migrations: readonly Migration[] = [
  { version: 1, name: 'benches, jobs, leases, ledger, audit', sql: first },
  { version: 2, name: 'views', sql: views },
  { version: 3, name: 'suspicions, confirmations, changes and alarms of series', sql: seriesSchema },
  { version: 4, name: 'requests that are sent again', sql: requests },
  { version: 5, name: 'requests that are waited for, leases of commands', sql: pipelines },
  { version: 6, name: 'the newest night of each series', sql: newestSchema },
  { version: 7, name: 'early suspicions', sql: earlySchema },
  { version: 8, name: 'counts, and since when series are', sql: `${sinceSchema}${talliesSchema}` },
  {
    version: 9,
    name: 'what is kept, where tables are emptied or mended by hand',
    sql: `${mendedNewestSchema}${emptiedTalliesSchema}`,
  },
];
