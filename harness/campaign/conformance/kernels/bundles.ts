import { Random } from '../../../data/random.js';
import { LittlefirstError } from '../../../errors.js';
import { type GoldenBundle, goldenBundleNetwork } from '../../../model/bundle/read.js';
import { bundleSchema } from '../../../model/bundle/schema.js';
import { GoldenCascade } from '../../../model/cascade/golden.js';
import type { PackableBundle } from '../../../model/pack/bundle.js';
import { referenceLayout, tunedLayouts } from '../../../model/pack/kernels.js';
import { lowerNetwork } from '../../../model/pack/lower.js';
import type { Core, KernelLayout } from '../../../model/pack/step.js';
import { trialChannels, trialSamples } from './network.js';
import { type Trial, trials } from './trials.js';

/** One shape on one of the kernels that can compute it. */
export interface Variant extends Trial {
  layout: KernelLayout;
}

/** Most strategies of a blob, each of which has a network of its own here (firmware/core/blob_format.h). */
const mostStrategies = 16;

/** Every shape on the reference kernel and on every kernel of a core that can compute it. */
export function variantsOf(core: Core): Variant[] {
  const layouts = tunedLayouts.filter(layout => layout.core === core);
  return trials().flatMap(trial => {
    const steps = lowerNetwork(trial.network).nodes.map(({ step }) => step);
    const able = layouts.filter(layout => steps.some(step => layout.supports(step)));
    return [referenceLayout, ...able].map(layout => ({ ...trial, layout }));
  });
}

/** Windows that all variants compute: even counts, many ends of the range among them, and nothing but those. */
export function trialWindows(): Int8Array[] {
  const random = new Random(1, 0x77696e64);
  const ends = [-128, 127] as const;
  return [0, 0.3, 1].map(share =>
    Int8Array.from({ length: trialSamples * trialChannels }, () =>
      random.uniform() < share ? ends[random.integer(0, 1)] : random.integer(-128, 127),
    ),
  );
}

/** Variants that one blob holds, the n-th answered by strategy `s<n>`. */
export interface TrialBundle extends GoldenBundle {
  variants: readonly Variant[];
}

function bundleOf(variants: readonly Variant[], number: number): TrialBundle {
  const channels = Array.from({ length: trialChannels }, (_, channel) => channel);
  const description = bundleSchema.parse({
    schema: 'littlefirst.bundle/1',
    name: `kernels-${number}`,
    description: 'kernels that the check of a port tries',
    labels: ['small', 'large'],
    window: {
      ...{ samples: trialSamples, channels: trialChannels, dtype: 'int8', stride: 1, sampleRateHz: 1 },
      scaling: { method: 'minmax', fittedOn: 'constants', min: [0], max: [1] },
    },
    networks: variants.map(({ network: { tensors, inputs } }, n) => ({
      ...{ name: `n${n}`, file: `n${n}.tflite` },
      inputs: [
        { channels: channels.slice(0, tensors[inputs[0]].shape.reduce((a, b) => a * b) / trialSamples) },
      ],
    })),
    strategies: variants.map((_, n) => ({
      ...{ kind: 'score', name: `s${n}`, network: `n${n}` },
      ...{ score: { of: 'reconstruction' }, threshold: 0 },
    })),
    origin: 'made for the check of a port',
  });
  const networks = variants.map(({ network }, n) => goldenBundleNetwork(network, description, n));
  return { description, networks, variants };
}

/** Packs variants, in as many blobs as they need. @param pack LF_BUNDLE_TOO_LARGE where a blob is too large for the board */
export function packTrials(
  variants: readonly Variant[],
  pack: (bundle: PackableBundle, layouts: (network: number) => readonly KernelLayout[]) => Uint8Array,
): { packed: (TrialBundle & { blob: Uint8Array })[]; tooLarge: Variant[] } {
  const packed: (TrialBundle & { blob: Uint8Array })[] = [];
  const tooLarge: Variant[] = [];
  const add = (some: readonly Variant[]): void => {
    const bundle = bundleOf(some, packed.length);
    try {
      const blob = pack({ description: bundle.description, networks: some }, n => [some[n].layout]);
      packed.push({ ...bundle, blob });
    } catch (error) {
      if (!(error instanceof LittlefirstError && error.code === 'LF_BUNDLE_TOO_LARGE')) throw error;
      const half = some.length >> 1;
      if (half === 0) tooLarge.push(...some);
      else for (const part of [some.slice(0, half), some.slice(half)]) add(part);
    }
  };
  for (let first = 0; first < variants.length; first += mostStrategies)
    add(variants.slice(first, first + mostStrategies));
  return { packed, tooLarge };
}

/**
 * What a board must answer to each window: the sum of the squared differences of a network's outputs and inputs. It is a sum of whole squares
 * where both have one scale, so that no output that is off by an odd number of counts can hide in it, and hardly any other in several windows.
 */
export function wantedScores(bundle: TrialBundle, n: number, windows: readonly Int8Array[]): number[] {
  const golden = new GoldenCascade(bundle, bundle.description.strategies[n].name);
  return windows.map(window => golden.step(window).score!);
}
