/** Loaded by mocha before all tests (`.mocharc.json`). */
import { Runnable } from 'mocha';

/**
 * Least time that every test and hook has, milliseconds, whatever it says itself: what takes a second where the machine is idle takes a minute where it
 * is oversubscribed, and no test means its limit as a claim about time.
 */
const least = 900_000;

const set = Runnable.prototype.timeout as (this: Runnable, milliseconds?: number) => unknown;

Runnable.prototype.timeout = function timeout(this: Runnable, ...given: [milliseconds?: number]) {
  const [milliseconds] = given;
  if (milliseconds === undefined) return set.call(this);
  return set.call(this, milliseconds > 0 ? Math.max(milliseconds, least) : 0);
} as typeof Runnable.prototype.timeout;
