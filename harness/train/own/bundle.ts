import type { WindowGrid } from '../../data/types.js';
import type { BundleInput } from '../../model/write.js';
import type { Standard } from './examples.js';

/** A bundle's name from a data set's: its letters, digits and signs. */
export const bundleNameOf = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 24) || 'own';

/** Big on every window, and the cascade in which Little looks first. */
export function ownBundle(
  name: string,
  grid: WindowGrid,
  standard: Standard,
  margin: number,
  origin: string,
): BundleInput {
  const { samples, stride, sampleRateHz, channels, classes } = grid;
  const inputs = [
    {
      channels: [...channels.keys()],
      normalise: { mean: [...standard.mean], deviation: [...standard.deviation] },
    },
  ];
  return {
    schema: 'littlefirst.bundle/1',
    name: bundleNameOf(name),
    description: `Big and Little for ${name}, trained by \`littlefirst train cascade\``,
    labels: [...classes],
    window: {
      samples,
      stride,
      sampleRateHz,
      channels: [...channels],
      dtype: 'int16',
      scaling: { method: 'counts', scale: [...standard.scale] },
    },
    networks: ['big', 'little'].map(network => ({ name: network, file: `${network}.tflite`, inputs })),
    strategies: [
      { kind: 'hold', name: 'big-only', big: 'big', gate: { type: 'none' } },
      {
        kind: 'hold',
        name: 'little-first',
        big: 'big',
        gate: { type: 'confidence', network: 'little', margin },
      },
    ],
    origin,
  };
}
