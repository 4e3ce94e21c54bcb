/** The newest night of each series, kept beside the ledger, so that no page reads the ledger for it; and orders that pages are shown in. */
export const newestSchema = `
/* 'any': the newest run. 'valid': the newest in which a step may be looked for. Runs that confirm something are neither. */
create table farm.newest (
  kind text not null check (kind in ('any', 'valid')),
  series bigint not null references farm.series,
  run text not null references farm.runs,
  at timestamptz not null,
  energy_uj double precision,
  primary key (kind, series)
) with (fillfactor = 80);

/* By a trigger: whatever brings blocks keeps it. What is delivered late, after a newer night, changes nothing; of equal times the larger name of the run counts, and of a run's the first block. */
create function farm.keep_newest() returns trigger language plpgsql as $keep$
begin
  insert into farm.newest as n (kind, series, run, at, energy_uj)
  select distinct on (kind, b.series) kind, b.series, b.run, b.at, b.energy_uj
  from added b join farm.runs r on r.id = b.run cross join unnest(array['any', 'valid']) kind
  where (kind = 'any' or (b.is_valid and b.energy_uj > 0))
    and not exists (select from farm.confirmations c where c.job = r.job)
  order by kind, b.series, b.at desc, b.run desc, b.ordinal
  on conflict (kind, series) do update set run = excluded.run, at = excluded.at, energy_uj = excluded.energy_uj
    where (excluded.at, excluded.run) > (n.at, n.run);
  return null;
end $keep$;
create trigger newest_is_kept after insert on farm.blocks referencing new table as added
  for each statement execute function farm.keep_newest();

insert into farm.newest (kind, series, run, at, energy_uj)
select kind, s.id, b.run, b.at, b.energy_uj from farm.series s cross join unnest(array['any', 'valid']) kind
join lateral (select x.run, x.at, x.energy_uj from farm.blocks x join farm.runs r on r.id = x.run
  where x.series = s.id and (kind = 'any' or (x.is_valid and x.energy_uj > 0))
    and not exists (select from farm.confirmations c where c.job = r.job)
  order by x.at desc, x.run desc, x.ordinal limit 1) b on true;

/* The order of the matrix and of the list of series, so that both read what they show; and the series that a swap may have ended. */
create index series_in_order on farm.series (board, chip, bundle, bench, level, strategy, id);
create index series_alike on farm.series (board, chip, level, strategy, bundle, energy, dataset);

/* Jobs of one request may be of one time: without the id their order would be sought among all of them. */
drop index farm.jobs_by_time;
create index jobs_by_time on farm.jobs (created_at desc, id);
drop index farm.jobs_of_nightly;
create index jobs_of_nightly on farm.jobs (nightly, created_at desc, id) where nightly is not null;
drop index farm.jobs_of_state;
create index jobs_of_state on farm.jobs (state, created_at desc, id);
`;

/** Since when a series has had nights: what came before another one, as a swap, is found without its blocks. */
export const sinceSchema = `
alter table farm.newest add column since timestamptz;
update farm.newest n set since = coalesce((select min(b.at) from farm.blocks b join farm.runs r on r.id = b.run
  where b.series = n.series and (n.kind = 'any' or (b.is_valid and b.energy_uj > 0))
    and not exists (select from farm.confirmations c where c.job = r.job)), n.at);
alter table farm.newest alter column since set not null;
create or replace function farm.keep_newest() returns trigger language plpgsql as $keep$
begin
  insert into farm.newest as n (kind, series, run, at, energy_uj, since)
  select distinct on (kind, b.series) kind, b.series, b.run, b.at, b.energy_uj, min(b.at) over (partition by kind, b.series)
  from added b join farm.runs r on r.id = b.run cross join unnest(array['any', 'valid']) kind
  where (kind = 'any' or (b.is_valid and b.energy_uj > 0))
    and not exists (select from farm.confirmations c where c.job = r.job)
  order by kind, b.series, b.at desc, b.run desc, b.ordinal
  on conflict (kind, series) do update set since = least(n.since, excluded.since),
    run = case when (excluded.at, excluded.run) > (n.at, n.run) then excluded.run else n.run end,
    energy_uj = case when (excluded.at, excluded.run) > (n.at, n.run) then excluded.energy_uj else n.energy_uj end,
    at = greatest(n.at, excluded.at)
    where (excluded.at, excluded.run) > (n.at, n.run) or excluded.since < n.since;
  return null;
end $keep$;
`;

/** What is taken out of the ledger, or mended in it, by hand: the series of those blocks are sought anew, of both where a block goes to another. */
export const mendedNewestSchema = `
create function farm.seek_newest(of_series bigint[]) returns void language sql as $seek$
  delete from farm.newest where series = any(of_series);
  insert into farm.newest (kind, series, run, at, energy_uj, since)
  select distinct on (kind, b.series) kind, b.series, b.run, b.at, b.energy_uj, min(b.at) over (partition by kind, b.series)
  from farm.blocks b join farm.runs r on r.id = b.run cross join unnest(array['any', 'valid']) kind
  where b.series = any(of_series) and (kind = 'any' or (b.is_valid and b.energy_uj > 0))
    and not exists (select from farm.confirmations c where c.job = r.job)
  order by kind, b.series, b.at desc, b.run desc, b.ordinal;
$seek$;
create function farm.keep_newest_of_gone() returns trigger language plpgsql as $keep$
begin
  if TG_OP = 'TRUNCATE' then
    delete from farm.newest;
  elsif TG_OP = 'DELETE' then
    perform farm.seek_newest(array(select distinct series from gone));
  else
    perform farm.seek_newest(array(select series from gone union select series from added));
  end if;
  return null;
end $keep$;
create trigger newest_of_gone after delete on farm.blocks referencing old table as gone
  for each statement execute function farm.keep_newest_of_gone();
create trigger newest_of_changed after update on farm.blocks referencing old table as gone new table as added
  for each statement execute function farm.keep_newest_of_gone();
create trigger newest_of_emptied after truncate on farm.blocks
  for each statement execute function farm.keep_newest_of_gone();
`;
