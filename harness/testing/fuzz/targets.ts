import type { FuzzTarget } from './fuzzer.js';
import { deviceTargets } from './targets/devices.js';
import { fileTargets } from './targets/files.js';
import { instrumentTargets } from './targets/instruments.js';
import { meterTargets } from './targets/meters.js';
import { ownDataTargets } from './targets/own-data.js';
import { sealTargets } from './targets/seals.js';
import { wireTargets } from './targets/wire.js';

/** Everything that reads foreign bytes; `harness/benchmarks/fuzz/README.md` lists it. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...deviceTargets,
  ...meterTargets,
  ...fileTargets,
  ...sealTargets,
  ...ownDataTargets,
  ...instrumentTargets,
];
