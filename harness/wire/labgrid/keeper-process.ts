import { spawn } from 'node:child_process';
import { processWords } from '../../package-root.js';
import { type PlaceAddress, placeKey } from './address.js';

/** The word on its standard input that tells a keeper that there is nothing left to do. */
export const dismissal = 'released';

/** A process that gives a place back when this one has died: the coordinator itself lets a dead client keep its place. */
export interface Keeper {
  /** The place was given back. */
  dismiss(): void;
  /** It could not be: the keeper goes on trying for a while. */
  takeOver(): void;
}

export function startKeeper(address: PlaceAddress, holder: string): Keeper {
  const words = [...processWords(import.meta.url, './keeper'), placeKey(address), holder];
  /* In a group of its own, so that Ctrl-C ends the run and not its keeper. */
  const child = spawn(process.execPath, words, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
  });
  /* Where it cannot be started, the next run of this host gives the place back. */
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return {
    dismiss: () => void child.stdin.end(dismissal),
    takeOver: () => void child.stdin.end(),
  };
}
