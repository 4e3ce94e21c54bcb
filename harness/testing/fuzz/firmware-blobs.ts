/** The sound blobs that the firmware's fuzz targets start from (firmware/fuzz/README.md). */
import type { FilteredStrategy } from '../../model/bundle/schema.js';
import { packBundle } from '../../model/pack/bundle.js';
import { hostBoard } from '../host/program.js';
import { gates, testBundle } from '../model/bundle.js';
import { randomFiltered } from '../model/random-filtered.js';

/** A draw of `randomFiltered` with windows of 16 samples and a Little. */
const filteredSeed = 16;

/** Where they lie below the package. */
export const firmwareBlobFolder = ['fixtures', 'corpora', 'firmware-blobs'] as const;

async function holdBlob(): Promise<Uint8Array> {
  const hold = { kind: 'hold', big: 'big' } as const;
  const bundle = await testBundle([
    { ...hold, name: 'none', gate: gates.none },
    { ...hold, name: 'rest', gate: gates.oneVsRest },
    { ...hold, name: 'pair', gate: gates.pair, policy: { bigCap: 2, bigCapWindow: 6 } },
    { ...hold, name: 'distance', gate: gates.distance, policy: { hysteresis: 2, refreshEvery: 5 } },
    { ...hold, name: 'confidence', gate: gates.confidence },
  ]);
  return packBundle(bundle, hostBoard).blob;
}

/** A filtered strategy, then its drift gate as one of a hold strategy. */
function filteredBlob(): Uint8Array {
  const bundle = randomFiltered(filteredSeed);
  const [filtered] = bundle.description.strategies as FilteredStrategy[];
  const { features, drift, dynamicAbove } = filtered;
  bundle.description.strategies.push({
    ...{ kind: 'hold', name: 'drift', big: 'big' },
    gate: { type: 'drift', features, drift, dynamicAbove, flipChange: 0.5, changeAbove: 0.3 },
    policy: { hysteresis: 1, refreshEvery: 0, bigCap: 0, bigCapWindow: 47 },
  });
  return packBundle(bundle, hostBoard).blob;
}

/** By file name. */
export async function firmwareBlobs(): Promise<Map<string, Uint8Array>> {
  return new Map([
    ['hold.blob', await holdBlob()],
    ['filtered.blob', filteredBlob()],
  ]);
}
