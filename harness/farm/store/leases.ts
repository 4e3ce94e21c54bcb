import { LittlefirstError } from '../../errors.js';
import { audit } from './audit.js';
import { endOfLease, endOfUse, grant } from './claim.js';
import { type Database, type Transaction, tellReady } from './database.js';

/** The answer to a heartbeat: whether the job is to be ended. */
export interface Beat {
  isCancelWanted: boolean;
}

/**
 * A worker says that it still holds a device.
 * @throws LF_FARM_LEASE where the lease has ended: whatever runs must stop at once
 */
export function heartbeat(
  database: Database,
  token: number,
  { attempt, fence }: { attempt: string; fence: number },
  leaseSeconds: number,
): Promise<Beat> {
  return database.transaction(async ({ query }) => {
    const [held] = await query<{ is_cancel_wanted: boolean }>(
      `update farm.leases l set expires_at = ${endOfLease('$4')}
       from farm.attempts a, farm.jobs j, farm.devices d, farm.benches b
       where l.fence = $1 and l.attempt = $2 and l.released_at is null and l.expires_at > farm.now()
         and a.id = l.attempt and j.id = a.job and d.id = l.device and b.name = d.bench and b.token = $3
       returning j.is_cancel_wanted`,
      [fence, attempt, token, leaseSeconds],
    );
    if (held === undefined)
      throw new LittlefirstError('LF_FARM_LEASE', `The lease ${fence} has ended`, {
        hint: "stop what runs: the device may be another holder's",
      });
    return { isCancelWanted: held.is_cancel_wanted };
  });
}

/** Jobs and commands that run keep their devices for one lease time from now. @returns how many leases there are */
export async function giveLeasesTime(
  transaction: Transaction,
  leaseSeconds: number,
  why: string,
): Promise<number> {
  const kept = await transaction.query<{ fence: string }>(
    `update farm.leases l set expires_at = ${endOfLease('$1')}
     where released_at is null and kind in ('job', 'command') returning fence`,
    [leaseSeconds],
  );
  for (const { fence } of kept) await audit(transaction, 'farm', 'lease-extended', `lease ${fence}`, { why });
  return kept.length;
}

/**
 * What ran while the farm was deaf keeps its devices: its workers could not have been heard.
 * @returns how many leases were given more time
 */
export function forgiveSilence(database: Database, leaseSeconds: number): Promise<number> {
  return database.transaction(transaction =>
    giveLeasesTime(transaction, leaseSeconds, 'the farm did not listen'),
  );
}

interface Device {
  bench: string;
  device: string;
}

/**
 * A person takes a device, which no job gets until the person gives it back or the time is over.
 * @returns number of the lease
 * @throws LF_FARM_REFUSED where there is no such device; LF_FARM_LEASE where somebody holds it
 */
export function reserve(
  database: Database,
  person: string,
  { bench, device }: Device,
  seconds: number,
): Promise<number> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    await query('select from farm.benches where name = $1 for update', [bench]);
    const [found] = await query<{ id: string }>(
      'select id from farm.devices where bench = $1 and name = $2',
      [bench, device],
    );
    if (found === undefined)
      throw new LittlefirstError('LF_FARM_REFUSED', `There is no device ${device} on a bench ${bench}`);
    const [held] = await query<{ holder: string; granted_at: Date; expires_at: Date }>(
      'select holder, granted_at, expires_at from farm.leases where device = $1 and released_at is null',
      [found.id],
    );
    if (held !== undefined)
      throw new LittlefirstError('LF_FARM_LEASE', `The device ${device} of ${bench} is held`, {
        received: `${held.holder} since ${held.granted_at.toISOString()}, until ${held.expires_at.toISOString()}`,
        hint: `drain the bench first, and try again when what runs has ended`,
      });
    const fence = await grant(transaction, Number(found.id), {
      kind: 'reservation',
      holder: person,
      seconds,
    });
    await audit(transaction, person, 'reserved', `device ${bench}/${device}`, { fence, seconds });
    return fence;
  });
}

/**
 * A person gives a device back.
 * @throws LF_FARM_REFUSED where it is not held by a person
 */
export function giveBack(database: Database, person: string, { bench, device }: Device): Promise<void> {
  return database.transaction(async transaction => {
    const [ended] = await transaction.query<{ fence: string; holder: string }>(
      `update farm.leases l set released_at = ${endOfUse}, ending = 'released' from farm.devices d
       where d.id = l.device and d.bench = $1 and d.name = $2 and l.kind = 'reservation' and l.released_at is null
       returning l.fence, l.holder`,
      [bench, device],
    );
    if (ended === undefined)
      throw new LittlefirstError('LF_FARM_REFUSED', `No person holds ${device} of ${bench}`);
    await audit(transaction, person, 'given-back', `device ${bench}/${device}`, ended);
    await tellReady(transaction);
  });
}
