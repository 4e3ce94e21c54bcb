import type { FuzzTarget } from './fuzzer.js';
import { fileTargets } from './targets/files.js';
import { instrumentTargets } from './targets/instruments.js';
import { meterTargets } from './targets/meters.js';
import { wireTargets } from './targets/wire.js';

/** Everything that reads foreign bytes; `harness/benchmarks/fuzz/README.md` lists it. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...meterTargets,
  ...fileTargets,
  ...instrumentTargets,
];
