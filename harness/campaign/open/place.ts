import type { HeldPlace } from '../../wire/labgrid/place.js';
import { linePurpose } from './purpose.js';

export interface WhileHeldOptions {
  signal?: AbortSignal;
  /** Identifier of the run, where there is one. */
  id?: string;
  onNote?: (text: string) => void;
}

/**
 * Does what touches a bench while its labgrid place is held, where it leases one.
 * @param work its signal ends it at once when the place was taken away
 * @throws LF_PLACE_BUSY, LF_PLACE_UNREACHABLE, LF_LINK_BUSY, LF_TOOL_MISSING before anything is touched; LF_PLACE_LOST; what `work` throws
 */
export async function whileHeld<T>(
  { lease, name }: { lease?: string; name: string },
  { signal, id, onNote }: WhileHeldOptions,
  work: (signal: AbortSignal | undefined, place: HeldPlace | undefined) => Promise<T>,
): Promise<T> {
  if (lease === undefined) return work(signal, undefined);
  const { takePlace } = await import('../../wire/labgrid/place.js');
  const place = await takePlace(lease, { signal, purpose: linePurpose(name, id), onNote });
  try {
    const done = await work(signal === undefined ? place.lost : AbortSignal.any([signal, place.lost]), place);
    place.lost.throwIfAborted();
    return done;
  } finally {
    const problem = await place.release();
    if (problem !== undefined) onNote?.(problem);
  }
}
