import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import type { CommandLease, LeaseWant } from '../store/command-leases.js';
import type { FarmClient } from '../worker/client.js';
import { isUnreachable, mayBeHeard, patiently } from '../worker/patience.js';
import { startGuarded } from './child.js';

export interface LeaseOptions {
  want: LeaseWant;
  command: readonly string[];
  /** How long it is waited for a device, seconds. */
  waitSeconds: number;
  cwd: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

/** How long one request waits for a device, seconds. */
const requestSeconds = 20;
/** Heartbeats in a lease time: two may be lost. */
const beatsPerLease = 3;
/** How long a command may take to end in good order, seconds, and the largest part of its lease's time that this is. */
const [graceSeconds, gracePart] = [10, 0.25];

const nameOf = ({ bench, name }: CommandLease): string => `${bench}/${name}`;

async function acquire(
  client: FarmClient,
  options: LeaseOptions,
): Promise<CommandLease & { request: string }> {
  const { want, signal, onNote } = options;
  const request = randomUUID();
  const end = performance.now() + options.waitSeconds * 1000;
  let isKnown = false;
  for (let isFirst = true; ; isFirst = false) {
    const left = Math.max(0, (end - performance.now()) / 1000);
    const body = { want, request, waitSeconds: isFirst ? 0 : Math.min(requestSeconds, left) };
    const held = await patiently(
      () => client.call<CommandLease | null>('POST', 'leases', body, signal),
      { signal, onNote },
      error => (isKnown ? isUnreachable(error) : mayBeHeard(error)),
    );
    if (held !== null) return { ...held, request };
    isKnown = true;
    if (isFirst) onNote('every device that fits is held or out of service; waiting');
    if (left === 0)
      throw new LittlefirstError('LF_FARM_LEASE', 'No device that fits became free in time', {
        hint: 'wait longer with --wait, or ask for less',
      });
  }
}

/**
 * Keeps a lease by heartbeats until `over`.
 * @param beatAt when the last one was sent, by `performance.now()`
 * @param lost called once, when the lease has ended, or could end before the next heartbeat: the command must be over before another holder begins
 */
async function keep(
  client: FarmClient,
  { fence, leaseSeconds }: CommandLease,
  beatAt: number,
  over: AbortSignal,
  lost: (why: string) => void,
): Promise<void> {
  const milliseconds = leaseSeconds * 1000 * (1 - gracePart);
  const tooLate = () => lost('the farm was not reached in time');
  let timer = setTimeout(tooLate, milliseconds - (performance.now() - beatAt));
  try {
    while (!over.aborted) {
      await pause((leaseSeconds * 1000) / beatsPerLease, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      const sentAt = performance.now();
      try {
        await client.call('POST', `leases/${fence}/heartbeat`, undefined, over);
        clearTimeout(timer);
        timer = setTimeout(tooLate, milliseconds - (performance.now() - sentAt));
      } catch (error) {
        if (!over.aborted && !isUnreachable(error))
          return lost(asLittlefirstError(error).message.split('\n')[0]);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Gives the device back; where the farm is not reached, the lease ends by itself. */
async function giveBack(
  client: FarmClient,
  held: CommandLease,
  onNote: LeaseOptions['onNote'],
): Promise<void> {
  const signal = AbortSignal.timeout(held.leaseSeconds * 1000);
  try {
    await patiently(() => client.call('DELETE', `leases/${held.fence}`, undefined, signal), { signal });
    onNote(`gave ${nameOf(held)} back`);
  } catch (error) {
    onNote(
      `${nameOf(held)} was not given back, its lease ends by itself: ${asLittlefirstError(error).message.split('\n')[0]}`,
    );
  }
}

/** What the command is told of its device. */
const told = (held: CommandLease & { request: string }, server: string): NodeJS.ProcessEnv => ({
  LITTLEFIRST_FARM_BENCH: held.bench,
  LITTLEFIRST_FARM_DEVICE: held.name,
  LITTLEFIRST_FARM_LEASE: `${held.fence}:${held.request}`,
  LITTLEFIRST_FARM_HOLD: `farm ${server} ${nameOf(held)}`,
});

/**
 * Runs a command while a device that fits is held for it. The device is given back when the command has ended; a command whose lease is lost, or whose caller dies, is
 * ended with all that it has started.
 * @returns the command's exit code
 * @throws LF_FARM_LEASE where no device becomes free or the lease is lost; LF_FARM_REFUSED where no device fits; LF_INTERRUPTED
 */
export async function underLease(client: FarmClient, options: LeaseOptions): Promise<number> {
  const { signal, onNote, command } = options;
  const held = await acquire(client, options);
  onNote(`holds ${nameOf(held)} (${held.board}, ${held.chip}, ${held.meter}), lease ${held.fence}`);
  const over = new AbortController();
  let why: string | undefined;
  let keeping = Promise.resolve();
  try {
    /* The answer may have been long on its way: the time of the lease is counted from here. */
    const beatAt = performance.now();
    await client.call('POST', `leases/${held.fence}/heartbeat`, undefined, signal);
    const child = startGuarded(command, {
      ...{ cwd: options.cwd, graceSeconds: Math.min(graceSeconds, held.leaseSeconds * gracePart) },
      env: { ...options.env, ...told(held, client.origin) },
    });
    signal.addEventListener('abort', child.stop);
    if (signal.aborted) child.stop();
    keeping = keep(client, held, beatAt, over.signal, reason => {
      why = reason;
      onNote(`lost ${nameOf(held)}: ${reason}; ending the command`);
      child.stop();
    });
    const code = await child.ended;
    if (why !== undefined)
      throw new LittlefirstError(
        'LF_FARM_LEASE',
        `The lease ${held.fence} of ${nameOf(held)} was lost while the command ran`,
        {
          received: why,
          hint: 'what it measured does not count; run it again',
        },
      );
    signal.throwIfAborted();
    return code;
  } finally {
    over.abort();
    await keeping;
    await giveBack(client, held, onNote);
  }
}
