import { boardNames } from '../campaign/bench/boards.js';
import { benchNames, bundleNames, shippedBundles } from '../campaign/bench/names.js';
import { chipNames } from '../measure/chip/profile.js';
import { readDescription } from '../model/bundle/read.js';

/** Names of everything that the package ships and a command line may name. */
export async function shippedNames(): Promise<
  Record<'boards' | 'chips' | 'bundles' | 'benches' | 'strategies', string[]>
> {
  const bundles = bundleNames();
  const descriptions = await Promise.all(bundles.map(name => readDescription(`${shippedBundles}/${name}`)));
  const strategies = descriptions.flatMap(description => description.strategies.map(({ name }) => name));
  return {
    boards: await boardNames(),
    chips: await chipNames(),
    bundles,
    benches: benchNames(),
    strategies: [...new Set(strategies)],
  };
}
