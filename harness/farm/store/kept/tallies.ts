/** What a tally counts: rows of a table by a label, an SQL expression; rows whose label is null do not count. */
const counted = [
  { family: 'jobs', table: 'jobs', label: 'state' },
  { family: 'runs', table: 'runs', label: 'outcome' },
  {
    family: 'failed attempts',
    table: 'attempts',
    label: `case when state in ('error', 'expired') then coalesce(cause, 'none') end`,
  },
  { family: 'steps', table: 'suspicions', label: 'state' },
] as const;

export type Family = (typeof counted)[number]['family'];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * How many there are, kept beside the tables by triggers: what a transaction has changed is added as rows of its own, so that no two wait for
 * each other, and folded into sums now and then.
 */
export const talliesSchema = `
create table farm.tallies (family text not null, label text not null, change bigint not null);
create function farm.keep_tally() returns trigger language plpgsql as $keep$
begin
  if TG_OP = 'INSERT' then
    execute format('insert into farm.tallies select %L, label, count(*) from (select %s as label from added) x where label is not null group by label',
      TG_ARGV[0], TG_ARGV[1]);
  elsif TG_OP = 'DELETE' then
    execute format('insert into farm.tallies select %L, label, -count(*) from (select %s as label from gone) x where label is not null group by label',
      TG_ARGV[0], TG_ARGV[1]);
  else
    execute format('insert into farm.tallies select %1$L, label, sum(change) from (select %2$s as label, 1 as change from added
        union all select %2$s, -1 from gone) x where label is not null group by label having sum(change) <> 0', TG_ARGV[0], TG_ARGV[1]);
  end if;
  return null;
end $keep$;
${counted
  .map(
    ({ family, table, label }) => `
create trigger tally_of_added after insert on farm.${table} referencing new table as added
  for each statement execute function farm.keep_tally(${quoted(family)}, ${quoted(label)});
create trigger tally_of_changed after update on farm.${table} referencing old table as gone new table as added
  for each statement execute function farm.keep_tally(${quoted(family)}, ${quoted(label)});
create trigger tally_of_gone after delete on farm.${table} referencing old table as gone
  for each statement execute function farm.keep_tally(${quoted(family)}, ${quoted(label)});
insert into farm.tallies select ${quoted(family)}, label, count(*) from (select ${label} as label from farm.${table}) x where label is not null group by label;`,
  )
  .join('\n')}
`;

/** Tables that are emptied: what stood for them counts no more. A truncated table has no rows left that a trigger could see, and nobody else writes to it meanwhile. */
export const emptiedTalliesSchema = `
create function farm.empty_tally() returns trigger language plpgsql as $keep$
begin
  insert into farm.tallies select family, label, -sum(change) from farm.tallies where family = TG_ARGV[0]
    group by family, label having sum(change) <> 0;
  return null;
end $keep$;
${counted
  .map(
    ({ family, table }) => `create trigger tally_of_emptied after truncate on farm.${table}
  for each statement execute function farm.empty_tally(${quoted(family)});`,
  )
  .join('\n')}
`;

/** The sums of all families. */
export const readTallies = `select family, label, sum(change) as count from farm.tallies group by family, label having sum(change) <> 0 order by label`;

/** Changes that are left as they are: fewer cost a reader nothing. */
export const fewChanges = 2000;

/** Folds the changes into one row a label, where there are more than $1. Two that do so at once count nothing twice: each row is deleted by one. */
export const foldChanges = `with gone as (delete from farm.tallies where (select count(*) from farm.tallies) > $1 returning *)
  insert into farm.tallies select family, label, sum(change) from gone group by family, label having sum(change) <> 0`;
