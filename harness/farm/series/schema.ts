/** What the watch over series keeps: suspicions, the runs that confirm them, changes, alarms (harness/farm/series/README.md). */
export const seriesSchema = `
/* The newest point that was looked at, so that each is looked at once. */
create table farm.series_looks (
  series bigint primary key references farm.series,
  run text not null references farm.runs,
  looked_at timestamptz not null
);

create table farm.suspicions (
  id bigint generated always as identity primary key,
  series bigint not null references farm.series,
  found_at timestamptz not null,
  /* First point after the step; the runs whose images are compared. */
  at_run text not null references farm.runs,
  before_run text not null references farm.runs,
  after_run text not null references farm.runs,
  /* Of the series itself: relative step with its standard error, spread of a night, deviate and the threshold that it passed. */
  size double precision not null,
  error double precision not null,
  spread double precision not null,
  degrees integer not null,
  deviate double precision not null,
  threshold double precision not null,
  least_effect double precision not null,
  twin text not null check (twin in ('image', 'bench', 'not in cycles', 'image and more', 'unknown')),
  state text not null check (state in ('confirming', 'bench', 'regressed', 'improved', 'not regressed', 'cannot tell')),
  /* Measured by A B B A: relative effect with its 95 % interval. */
  effect double precision,
  effect_low double precision,
  effect_high double precision,
  rounds integer not null default 0,
  reason text,
  decided_at timestamptz
);
create index suspicions_of_series on farm.suspicions (series, id desc);
create unique index one_open_suspicion on farm.suspicions (series) where state = 'confirming';

/* Images between the last good and the first bad one, in the order of the nights; the search asks one after the other. */
create table farm.searches (
  suspicion bigint primary key references farm.suspicions,
  /* Runs that first had each image: the first is good, the last bad. */
  runs text[] not null,
  is_over boolean not null default false
);
create index searches_open on farm.searches (suspicion) where not is_over;
create table farm.trials (
  suspicion bigint not null references farm.suspicions,
  /* 0: before against after; else the image of the search that is compared with its first one. */
  candidate integer not null,
  verdict text check (verdict in ('regressed', 'improved', 'not regressed', 'cannot tell')),
  effect double precision,
  primary key (suspicion, candidate)
);
create table farm.confirmations (
  suspicion bigint not null,
  candidate integer not null,
  round integer not null,
  place integer not null check (place between 0 and 3),
  job uuid not null unique references farm.jobs,
  primary key (suspicion, candidate, round, place),
  foreign key (suspicion, candidate) references farm.trials
);

/* Where a level of a series ends and the next one begins. */
create table farm.changes (
  id bigint generated always as identity primary key,
  series bigint not null references farm.series,
  run text not null references farm.runs,
  kind text not null check (kind in ('regressed', 'improved', 'bench')),
  suspicion bigint not null unique references farm.suspicions,
  made_at timestamptz not null
);
create index changes_of_series on farm.changes (series);

create table farm.alarms (
  id bigint generated always as identity primary key,
  suspicion bigint not null unique references farm.suspicions,
  raised_at timestamptz not null,
  /* When the hook had it; the search may name the first bad image later. */
  told_at timestamptz,
  first_bad_run text references farm.runs,
  /* When the search had ended, and when the hook had that. */
  searched_at timestamptz,
  search_told_at timestamptz
);
create index alarms_untold on farm.alarms (id) where told_at is null or search_told_at is null;
`;

/** Suspicions of a step's first two nights, and how each is confirmed: those of before by four rounds. */
export const earlySchema = `
alter table farm.suspicions
  add column kind text not null default 'step' check (kind in ('step', 'early')),
  add column most_rounds integer not null default 4,
  add column risk_of_alarm double precision not null default 0.001;
alter table farm.suspicions alter column kind drop default, alter column most_rounds drop default, alter column risk_of_alarm drop default;
`;
