import type { Writable } from 'node:stream';
import picocolors from 'picocolors';

/** What is asked of a stream of text: whether people look at it, how wide it is, and whether it takes colours. */

const asTerminal = (stream: Writable) => stream as Writable & Partial<NodeJS.WriteStream>;

/** A terminal whose lines can be drawn over. */
export const isLive = (stream: Writable, env: NodeJS.ProcessEnv = process.env): boolean =>
  asTerminal(stream).isTTY === true && env.TERM !== 'dumb';

/** Columns of a terminal; elsewhere text is as wide as it comes. */
export const columnsOf = (stream: Writable): number => asTerminal(stream).columns || Number.POSITIVE_INFINITY;

export const rowsOf = (stream: Writable): number => asTerminal(stream).rows || 24;

export type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * The colours of a stream. `--no-color` and NO_COLOR (no-color.org) take them away everywhere, FORCE_COLOR brings them where no terminal is.
 * @param isWanted false after `--no-color`
 */
export function coloursOf(stream: Writable, isWanted = true, env: NodeJS.ProcessEnv = process.env): Colours {
  const isForced = (env.FORCE_COLOR ?? '0') !== '0';
  return picocolors.createColors(isWanted && !env.NO_COLOR && (isForced || isLive(stream, env)));
}
