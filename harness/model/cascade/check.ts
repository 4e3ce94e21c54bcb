import type { BundleDescription } from '../bundle/schema.js';
import { compileDrift, compileFiltered } from './filtered/compile.js';

/**
 * Checks that every strategy becomes integers that golden interpreter and DUT can hold.
 * @throws LF_BUNDLE_INVALID naming the place
 */
export function checkStrategies({ strategies, window, labels }: BundleDescription): void {
  for (const strategy of strategies) {
    if (strategy.kind === 'filtered') compileFiltered(strategy, { window, labels });
    else if (strategy.kind === 'hold' && strategy.gate.type === 'drift')
      compileDrift({ ...strategy.gate, name: strategy.name }, window);
  }
}
