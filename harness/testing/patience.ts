/** Loaded by mocha before all tests (`.mocharc.json`). */
import type { Context, Hook, RootHookObject, Suite, Test } from 'mocha';

/**
 * Least time that every test and hook has, milliseconds, whatever it says itself: what takes a second where the machine is idle takes a minute where it
 * is oversubscribed, and no test means its limit as a claim about time.
 */
const least = 300_000;

/** Hooks are no public part of a suite. */
type Hooks = Record<'_beforeAll' | '_beforeEach' | '_afterEach' | '_afterAll', Hook[]>;

function raise(suite: Suite): void {
  const { _beforeAll, _beforeEach, _afterEach, _afterAll } = suite as unknown as Hooks;
  const all: (Test | Hook)[] = [...suite.tests, ..._beforeAll, ..._beforeEach, ..._afterEach, ..._afterAll];
  for (const runnable of all)
    if (runnable.timeout() > 0 && runnable.timeout() < least) runnable.timeout(least);
  for (const inner of suite.suites) raise(inner);
}

export const mochaHooks: RootHookObject = {
  beforeAll(this: Context) {
    let suite = this.test?.parent;
    while (suite?.parent != null) suite = suite.parent;
    if (suite != null) raise(suite);
  },
};
