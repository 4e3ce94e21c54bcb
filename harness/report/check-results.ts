import type { Run } from '../verdict/run.js';
import { runChecks } from '../verdict/suite/checks.js';
import type { CheckResult } from './answer/problems.js';

/** What the suite says of a run. */
export const checkResults = (run: Run): CheckResult[] =>
  runChecks(run).map(({ check: { group, title }, verdict, message }) => ({ group, title, verdict, message }));
