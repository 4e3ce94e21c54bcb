import { LittlefirstError } from '../../errors.js';
import type { AnnouncedDevice } from '../jobs/spec.js';
import { audit } from './audit.js';
import { type Database, type Transaction, tellReady } from './database.js';
import type { Identity } from './tokens.js';

/** What a worker says of one of its benches. */
export interface Announcement {
  bench: string;
  /** Of the worker's process: another process is another session. */
  session: string;
  version: string;
  devices: readonly AnnouncedDevice[];
  /** What keeps the bench from measuring, as `doctor` or the known load found it; none: it is healthy. */
  problems: readonly string[];
  /** Of the look at the bench that found them: told again, it is not news. */
  examination?: string;
}

interface BenchRow {
  token: string;
  session: string | null;
  is_seen: boolean;
  quarantine: string | null;
  examination: string | null;
  /** How many problems it had at its last announcement. */
  problems: number;
}

/** Bench faults in a row after which a bench gets no more jobs until a person has looked. */
export const faultsUntilQuarantine = 3;

/** Takes a bench out of service until a person brings it back; it stays so over any restart. */
export async function quarantine(
  transaction: Transaction,
  actor: string,
  bench: string,
  reason: string,
): Promise<void> {
  const changed = await transaction.query(
    'update farm.benches set quarantine = $2, quarantined_at = farm.now() where name = $1 and quarantine is null returning name',
    [bench, reason],
  );
  if (changed.length > 0) await audit(transaction, actor, 'quarantined', `bench ${bench}`, { reason });
}

/** Counts a fault of a bench, and takes it out of service after too many in a row. */
export async function countFault(transaction: Transaction, bench: string): Promise<void> {
  const [{ faults }] = await transaction.query<{ faults: number }>(
    'update farm.benches set faults_in_a_row = faults_in_a_row + 1 where name = $1 returning faults_in_a_row as faults',
    [bench],
  );
  if (faults >= faultsUntilQuarantine)
    await quarantine(transaction, 'farm', bench, `${faults} bench faults in a row`);
}

async function storeDevices(
  { query }: Transaction,
  bench: string,
  devices: readonly AnnouncedDevice[],
): Promise<void> {
  await query('update farm.devices set is_present = false where bench = $1 and not (name = any($2))', [
    bench,
    devices.map(({ name }) => name),
  ]);
  for (const { name, board, chip, meter, tags } of devices)
    await query(
      `insert into farm.devices (bench, name, board, chip, meter, tags) values ($1, $2, $3, $4, $5, $6)
       on conflict (bench, name) do update set board = $3, chip = $4, meter = $5, tags = $6, is_present = true`,
      [bench, name, board, chip, meter, tags],
    );
}

/**
 * A worker says what it has. A bench belongs to the token that announced it first, and to one process at a time.
 * @param presenceSeconds how long a worker that was heard of counts as there
 * @returns whether it is out of service, and which of its devices a person or a command holds: nobody else may touch those
 * @throws LF_FARM_REFUSED for another token, or while another process speaks for the bench
 */
export async function announce(
  database: Database,
  identity: Identity,
  { bench, session, version, devices, problems, examination }: Announcement,
  presenceSeconds: number,
): Promise<{ isQuarantined: boolean; held: string[] }> {
  const answer = await database.transaction(async transaction => {
    const { query } = transaction;
    const [found] = await query<BenchRow>(
      `select token, session, seen_at between farm.now() - make_interval(secs => $2) and farm.now() + make_interval(secs => $2) as is_seen, quarantine,
         health->>'examination' as examination,
         coalesce(jsonb_array_length(health->'problems'), 0) as problems
       from farm.benches where name = $1 for update`,
      [bench, presenceSeconds],
    );
    const isOthers = found !== undefined && Number(found.token) !== identity.token;
    if (isOthers || (found?.is_seen && found.session !== null && found.session !== session)) {
      const why = isOthers ? 'it belongs to another token' : 'another process speaks for it';
      await audit(transaction, identity.name, 'refused', `bench ${bench}`, { request: 'announce', why });
      return why;
    }
    await query(
      `insert into farm.benches (name, token, session, seen_at, version, health) values ($1, $2, $3, farm.now(), $4, $5)
       on conflict (name) do update set claim = case when farm.benches.session = $3 then farm.benches.claim else 0 end,
         session = $3, seen_at = farm.now(), version = $4, health = $5`,
      [bench, identity.token, session, version, JSON.stringify({ problems, examination })],
    );
    await storeDevices(transaction, bench, devices);
    if (found?.session !== session)
      await audit(transaction, identity.name, 'announced', `bench ${bench}`, {
        session,
        version,
        devices: devices.map(({ name }) => name),
      });
    const isNews = examination === undefined || examination !== found?.examination;
    if (isNews && examination !== undefined && (problems.length > 0 || (found?.problems ?? 0) > 0))
      await audit(transaction, identity.name, 'examined', `bench ${bench}`, { problems });
    if (isNews && problems.length > 0) await quarantine(transaction, 'farm', bench, problems.join('; '));
    await tellReady(transaction);
    const [{ is_quarantined }] = await query<{ is_quarantined: boolean }>(
      'select quarantine is not null as is_quarantined from farm.benches where name = $1',
      [bench],
    );
    const held = await query<{ name: string }>(
      `select d.name from farm.devices d join farm.leases l on l.device = d.id
       where d.bench = $1 and l.released_at is null and l.kind <> 'job' order by d.name`,
      [bench],
    );
    return { isQuarantined: is_quarantined, held: held.map(({ name }) => name) };
  });
  if (typeof answer === 'string')
    throw new LittlefirstError('LF_FARM_REFUSED', `The bench ${bench} was not announced: ${answer}`, {
      expected: 'one worker process a bench, with the token that announced it first',
      hint: 'end the other worker, or name this bench otherwise',
      fields: { isNoted: true },
    });
  return answer;
}

/** A worker ends in good order: its benches are free for the next one at once. */
export function leave(database: Database, identity: Identity, session: string): Promise<void> {
  return database.transaction(async transaction => {
    const left = await transaction.query<{ name: string }>(
      'update farm.benches set session = null where session = $1 and token = $2 returning name',
      [session, identity.token],
    );
    for (const { name } of left) await audit(transaction, identity.name, 'left', `bench ${name}`);
  });
}

/** What a person may change of a bench. */
export type BenchChange = 'drain' | 'undrain' | 'quarantine' | 'release';

/**
 * Drain: ends what runs and takes nothing new. Release: brings a bench back from quarantine.
 * @throws LF_FARM_REFUSED where there is no such bench
 */
export function changeBench(
  database: Database,
  actor: string,
  bench: string,
  change: BenchChange,
  reason: string,
): Promise<void> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    const found = await query('select name from farm.benches where name = $1 for update', [bench]);
    if (found.length === 0) throw new LittlefirstError('LF_FARM_REFUSED', `There is no bench ${bench}`);
    if (change === 'quarantine') return quarantine(transaction, actor, bench, reason);
    await query(
      change === 'release'
        ? 'update farm.benches set quarantine = null, quarantined_at = null, faults_in_a_row = 0 where name = $1'
        : `update farm.benches set is_draining = ${change === 'drain'} where name = $1`,
      [bench],
    );
    await audit(
      transaction,
      actor,
      { drain: 'draining', undrain: 'in-service', release: 'released' }[change],
      `bench ${bench}`,
      {
        reason,
      },
    );
    await tellReady(transaction);
  });
}
