import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Random } from '../../data/random.js';
import type { Fleet } from './fleet.js';

/** What is done to the farm, and how often for each of the others. */
export const kinds = {
  'worker killed': 6,
  'worker stopped for longer than its lease': 3,
  'way to a bench cut': 5,
  'answers to a bench lost': 5,
  'server killed': 3,
  'server ended in good order': 1,
  'connections of the server ended': 5,
  'postmaster killed': 1,
} as const;
export type Kind = keyof typeof kinds;

/** The kinds of a trial in their order: each at least once where there is room, the rest by their weights. */
export function plan(random: Random, count: number, isOwnDatabase: boolean): Kind[] {
  const possible = (Object.keys(kinds) as Kind[]).filter(
    kind => isOwnDatabase || kind !== 'postmaster killed',
  );
  const urn = possible.flatMap(kind => Array<Kind>(kinds[kind]).fill(kind));
  const all = [...possible.slice(0, count)];
  while (all.length < count) all.push(urn[random.integer(0, urn.length - 1)]);
  for (let at = all.length - 1; at > 0; at--) {
    const other = random.integer(0, at);
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

/** Ends some of the server's connections, whatever they are doing. @returns how many */
async function endConnections(fleet: Fleet, random: Random): Promise<number> {
  const { connection } = fleet;
  const client = new pg.Client(
    typeof connection === 'string' ? { connectionString: connection } : connection,
  );
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database() order by pid',
    );
    const chosen = rows.filter(() => random.uniform() < 0.7);
    for (const { pid } of chosen) await client.query('select pg_terminate_backend($1)', [pid]);
    return chosen.length;
  } finally {
    await client.end();
  }
}

/** Does one thing to the farm, and undoes it after its time. @returns what was done, in words */
export async function disturb(fleet: Fleet, kind: Kind, random: Random): Promise<string> {
  const place = random.integer(0, fleet.workers.length - 1);
  const worker = fleet.workers[place];
  const lease = fleet.options.leaseSeconds * 1000;
  /* From far less than a lease to more than two. */
  const length = Math.round(lease * (0.1 + 2.2 * random.uniform() ** 2));
  switch (kind) {
    case 'worker killed':
      await worker.end('SIGKILL');
      worker.start();
      return worker.name;
    case 'worker stopped for longer than its lease':
      worker.child.kill('SIGSTOP');
      await pause(lease * 1.7);
      worker.child.kill('SIGCONT');
      return worker.name;
    case 'way to a bench cut':
    case 'answers to a bench lost': {
      const way = random.integer(0, fleet.ways.length - 1);
      if (kind === 'way to a bench cut') fleet.ways[way].cut();
      else fleet.ways[way].deafen();
      await pause(length);
      fleet.ways[way].mend();
      return `way ${way} for ${length} ms`;
    }
    case 'server killed':
    case 'server ended in good order':
      await fleet.server.end(kind === 'server killed' ? 'SIGKILL' : 'SIGTERM');
      await fleet.startServer();
      return '';
    case 'connections of the server ended':
      return `${await endConnections(fleet, random)} of them`;
    case 'postmaster killed': {
      const { pid } = fleet.cluster!;
      process.kill(pid, 'SIGKILL');
      await fleet.startDatabase();
      return `process ${pid}`;
    }
  }
}
