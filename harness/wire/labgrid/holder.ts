import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

function readOr(read: () => string, otherwise: string): string {
  try {
    return read().trim();
  } catch {
    return otherwise;
  }
}

/**
 * What is the same for all runs that see each other's locks (`harness/wire/devices/lock.ts`), and for no others: machine and network namespace on Linux, the
 * user elsewhere. Only a holder of the same domain can be known to be dead.
 */
function lockDomain(): string {
  const machine = readOr(
    () => readFileSync('/etc/machine-id', 'utf8'),
    readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), ''),
  );
  const network = readOr(
    () => readlinkSync('/proc/self/ns/net'),
    readOr(() => userInfo().username, ''),
  );
  const parts = JSON.stringify([hostname(), machine, network]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 8);
}

/** labgrid's own programs split holders at the one "/", into host and user. */
const prefix = (): string => `${hostname().replaceAll('/', '_')}/littlefirst-${lockDomain()}-`;

/** A name that no other run has: who holds a place can be told from who held it before, on the same machine. */
export const newHolder = (): string => `${prefix()}${process.pid}-${randomBytes(3).toString('hex')}`;

/** Whether a place is held by a run that would hold the host's own lock on it, were it alive. */
export const isOfThisHost = (holder: string): boolean => holder.startsWith(prefix());
