import { z } from 'zod';

/** What can go wrong on the line, once, at some byte. */
export const momentaryFaults = [
  'drop',
  'duplicate',
  'corrupt',
  'truncate',
  'delay',
  'reorder',
  'stale',
] as const;
/** What stays wrong on the line until the board's power is cycled. */
export const lastingFaults = ['stuck', 'babble', 'deaf', 'mute'] as const;
/** What happens to the board or its cable. */
export const boardFaults = ['unplug', 're-enumerate', 'reset', 'brown-out'] as const;

export const lineFaultKinds = [...momentaryFaults, ...lastingFaults, ...boardFaults] as const;
export type LineFaultKind = (typeof lineFaultKinds)[number];

const count = z.number().int();

/** Schema of one fault on the line between an emulated board and the harness. */
export const lineFaultSchema = z.strictObject({
  /**
   * `drop`, `duplicate`, `corrupt`: bytes vanish, come twice, or have a bit flipped; `truncate`: what was sent together ends early; `delay`, `reorder`:
   * it comes after later ones; `stale`: earlier bytes come in its place. Until the power is cycled: `stuck`: one value only; `babble`: noise among
   * the bytes; `deaf`, `mute`: nothing reaches the board, or the host. `unplug`: nothing passes either way for a while; `re-enumerate`: so too, and the
   * board restarts; `reset`; `brown-out`: the board is without power until it is cycled.
   */
  kind: z.enum(lineFaultKinds),
  direction: z.enum(['to-dut', 'to-host']).default('to-host'),
  /** Bytes that pass in that direction before it strikes. */
  at: count.min(0),
  /** Bytes that are hit; of `unplug` and `re-enumerate`: that the host sends in vain. */
  bytes: count.min(1).max(65_536).default(1),
  /** How often it strikes: at most once in what is sent together, then after `at` more bytes; what lasts strikes again after a power cycle. */
  times: count.min(1).max(1_000_000).default(1),
});
export type LineFault = z.infer<typeof lineFaultSchema>;
