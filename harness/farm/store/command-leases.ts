import { LittlefirstError } from '../../errors.js';
import { type AnnouncedDevice, fits, type Want } from '../jobs/spec.js';
import { audit } from './audit.js';
import { endOfLease, endOfUse, grant } from './claim.js';
import { type Database, type Transaction, tellReady } from './database.js';

/** What a command needs of a device; absent: anything. */
export type LeaseWant = Omit<Want, 'board'> & { board?: string };

/** A device that is held while a command runs. */
export interface CommandLease extends AnnouncedDevice {
  bench: string;
  fence: number;
  leaseSeconds: number;
}

type Row = AnnouncedDevice & { id: string; bench: string; is_open: boolean };

/** What this very request was given before, if its lease still holds; who asked has not heard of it. */
async function givenBefore(
  { query }: Transaction,
  holder: string,
  request: string,
  leaseSeconds: number,
): Promise<CommandLease | undefined> {
  const [found] = await query<Omit<CommandLease, 'fence' | 'leaseSeconds'> & { fence: string }>(
    `update farm.leases l set expires_at = ${endOfLease('$3')} from farm.devices d
     where l.claim_session = $1 and l.claim = 0 and l.kind = 'command' and l.holder = $2 and l.released_at is null
       and l.expires_at > farm.now() and d.id = l.device
     returning d.bench, d.name, d.board, d.chip, d.meter, d.tags, l.fence`,
    [request, holder, leaseSeconds],
  );
  return found && { ...found, fence: Number(found.fence), leaseSeconds };
}

/**
 * Holds a free device that fits, of a bench that is neither drained nor in quarantine. The same request again, after an answer that was lost, gets the same device.
 * @returns undefined where all that fit are held or out of service
 * @throws LF_FARM_REFUSED where no device of the farm fits
 */
export function leaseForCommand(
  database: Database,
  holder: string,
  want: LeaseWant,
  request: string,
  leaseSeconds: number,
): Promise<CommandLease | undefined> {
  return database.transaction(async transaction => {
    const { query } = transaction;
    const before = await givenBefore(transaction, holder, request, leaseSeconds);
    if (before !== undefined) return before;
    const devices = await query<Row>(
      `select d.id, d.bench, d.name, d.board, d.chip, d.meter, d.tags, b.quarantine is null and not b.is_draining as is_open
       from farm.devices d join farm.benches b on b.name = d.bench
       where d.is_present and ($1::text is null or d.board = $1) order by b.seen_at desc, d.bench, d.name`,
      [want.board ?? null],
    );
    const fitting = devices.filter(one => fits(one, { ...want, board: want.board ?? one.board }));
    if (fitting.length === 0)
      throw new LittlefirstError('LF_FARM_REFUSED', 'No device of this farm is what the command needs', {
        received: JSON.stringify(want),
        hint: "the farm's first page lists boards, chips, meters and benches",
      });
    for (const { id, is_open, ...device } of fitting) {
      if (!is_open) continue;
      /* As a claim does: who holds the bench's row sees all leases on its devices. */
      await query('select from farm.benches where name = $1 for update', [device.bench]);
      const held = await query('select from farm.leases where device = $1 and released_at is null', [id]);
      if (held.length > 0) continue;
      const fence = await grant(transaction, Number(id), {
        ...{ kind: 'command', holder, seconds: leaseSeconds },
        request: { name: device.bench, session: request, claim: 0 },
      });
      await audit(transaction, holder, 'leased', `device ${device.bench}/${device.name}`, { fence });
      return { ...device, fence, leaseSeconds };
    }
    return undefined;
  });
}

/** Whoever runs a command says that it still runs. @throws LF_FARM_LEASE where the lease has ended: the command must stop at once */
export async function beatForCommand(
  database: Database,
  holder: string,
  fence: number,
  leaseSeconds: number,
): Promise<void> {
  const held = await database.transaction(({ query }) =>
    query(
      `update farm.leases l set expires_at = ${endOfLease('$3')}
       where fence = $1 and holder = $2 and kind = 'command' and released_at is null and expires_at > farm.now() returning fence`,
      [fence, holder, leaseSeconds],
    ),
  );
  if (held.length === 0)
    throw new LittlefirstError('LF_FARM_LEASE', `The lease ${fence} has ended`, {
      hint: "stop what runs: the device may be another holder's",
    });
}

/** Gives a device back. @returns false where this holder's lease had ended before */
export function endForCommand(database: Database, holder: string, fence: number): Promise<boolean> {
  return database.transaction(async transaction => {
    const ended = await transaction.query<{ bench: string; name: string }>(
      `update farm.leases l set released_at = ${endOfUse}, ending = 'released'
       from farm.devices d where l.fence = $1 and l.holder = $2 and l.kind = 'command' and l.released_at is null and d.id = l.device
       returning d.bench, d.name`,
      [fence, holder],
    );
    for (const { bench, name } of ended)
      await audit(transaction, holder, 'given-back', `device ${bench}/${name}`, { fence });
    if (ended.length > 0) await tellReady(transaction);
    return ended.length > 0;
  });
}
