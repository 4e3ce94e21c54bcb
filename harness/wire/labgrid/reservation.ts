import { once } from 'node:events';
import { attendedClock, pause } from '../../host/attended-clock.js';
import type { PlaceAddress } from './address.js';
import { type Coordinator, Refused } from './coordinator.js';
import { type ReservationMessage, reservationStates } from './messages.js';

/** A reservation ends 60 s after it was last asked for (labgrid 26.0, `Reservation.refresh`). */
const pollMilliseconds = 5_000;

const isWaiting = ({ state = reservationStates.waiting }: ReservationMessage): boolean =>
  state === reservationStates.waiting;

async function aMoment(coordinator: Coordinator, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const ends = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  await Promise.race([
    once(coordinator, 'change', { signal: ends }),
    once(coordinator, 'end', { signal: ends }),
    pause(pollMilliseconds, ends),
  ])
    .catch(() => signal?.throwIfAborted())
    .finally(() => over.abort());
}

/**
 * Waits in labgrid's own queue until a place is kept for this session, at most as long as the lease says; then `acquire` may be tried. The
 * reservation is withdrawn at the end: a place that was acquired needs it no more.
 */
export async function withReservation<T>(
  coordinator: Coordinator,
  { place, waitSeconds }: PlaceAddress,
  acquire: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const end = attendedClock.now() + waitSeconds * 1000;
  const asked = await coordinator.call('CreateReservation', {
    filters: { main: { filter: { name: place } } },
    prio: 0,
  });
  const { token } = asked.reservation;
  try {
    let { reservation } = asked;
    while (isWaiting(reservation) && attendedClock.now() < end) {
      await aMoment(coordinator, signal);
      ({ reservation } = await coordinator.call('PollReservation', { token }));
    }
    return await acquire();
  } finally {
    await coordinator.call('CancelReservation', { token }).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  }
}
