import type pg from 'pg';
import type { Host } from './host.js';
import type { Watcher } from './watcher.js';

interface RunRow {
  id: string;
  attempt: string;
  fence: string;
  outcome: string;
  energies: number[];
}

/** What must be so when everything has ended: nothing is lost, nothing is twice, nothing is left. @returns violations, in words */
export async function finalChecks(
  client: pg.Client,
  hosts: readonly Host[],
  watcher: Watcher,
  asked: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  const sql = async <Row>(text: string): Promise<Row[]> => (await client.query(text)).rows as Row[];
  const jobs = await sql<{ id: string; state: string; runs: number }>(
    'select j.id, j.state, (select count(*)::int from farm.runs r where r.job = j.id) as runs from farm.jobs j',
  );
  const known = new Map(jobs.map(job => [job.id, job]));
  for (const id of asked) if (!known.has(id)) found.push(`job ${id} was asked for and is not there`);
  if (jobs.length !== watcher.trailCount)
    found.push(`${jobs.length} jobs, ${watcher.trailCount} of them in the audit log`);
  for (const { id, state, runs } of jobs) {
    if (['queued', 'running'].includes(state)) found.push(`job ${id} has not ended: ${state}`);
    if (state === 'done' && runs !== 1) found.push(`job ${id} is done with ${runs} runs`);
    if (state === 'cancelled' && runs > 0) found.push(`job ${id} was cancelled and has a run`);
  }
  const left = await sql<{ id: string }>(
    `select id from farm_queue.job where name like 'want-%' and state::text in ('created', 'retry', 'active')`,
  );
  for (const { id } of left) found.push(`attempt ${id} is left in the queue`);
  for (const { fence } of await sql<{ fence: string }>(
    'select fence from farm.leases where released_at is null',
  ))
    found.push(`lease ${fence} is left`);

  const runs = await sql<RunRow>(
    `select r.id, r.attempt, r.fence, r.outcome,
       (select array_agg(b.energy_uj order by b.ordinal) from farm.blocks b where b.run = r.id) as energies from farm.runs r`,
  );
  const measured = new Map(hosts.flatMap(host => host.measured.map(one => [one.attempt, one])));
  const counted = new Set<string>();
  for (const { id, attempt, fence, outcome, energies } of runs) {
    const one = measured.get(attempt);
    counted.add(attempt);
    const truth = one?.record.blocks.map(block => block.energyPerWindow_uJ?.value ?? null);
    if (
      one?.fence !== Number(fence) ||
      one.record.outcome !== outcome ||
      JSON.stringify(truth) !== JSON.stringify(energies)
    )
      found.push(
        `${id} in the ledger is not what its bench measured (${one?.record.outcome}, now ${outcome})`,
      );
  }
  for (const { attempt, settled } of measured.values()) {
    if (settled === undefined) found.push(`the run of attempt ${attempt} was never delivered`);
    else if (settled.startsWith('refused')) found.push(`the run of attempt ${attempt} was ${settled}`);
    else if (settled === 'counted' && !counted.has(attempt))
      found.push(`the run of attempt ${attempt} was counted and is not in the ledger`);
  }
  for (const { name, spool } of hosts) if (spool.size > 0) found.push(`${name} keeps ${spool.size} runs`);

  /* By fences, which only grow: what a bench's clock said must not hide a night from the watch. */
  const unseen = await sql<{ series: string; newest: string; looked: string | null }>(
    `select s.id as series, n.run as newest, l.run as looked from farm.series s
     join lateral (select b.run from farm.blocks b join farm.runs r on r.id = b.run where b.series = s.id and b.is_valid
       and not exists (select from farm.confirmations c where c.job = r.job) order by r.fence desc limit 1) n on true
     left join farm.series_looks l on l.series = s.id
     where l.run is distinct from n.run and not exists (select from farm.suspicions x where x.series = s.id and x.state = 'confirming')`,
  );
  for (const { series, newest, looked } of unseen)
    found.push(`nobody has looked at ${newest} of series ${series}, but at ${looked}`);
  return found;
}
