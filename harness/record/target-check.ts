import { didYouMean } from '../config/nearest.js';
import { LittlefirstError } from '../errors.js';
import { energyMetrics, type Metric, relativeMetrics, type Target } from './targets.js';

/** What a run measures, as far as a target may ask for it. */
export interface TargetScope {
  /** What is measured of each block; bundles that are not known beforehand (a third party's DUT names its model) are undefined. */
  blocks: readonly { bundle?: string; strategy: string; isScored?: boolean }[];
  hasMeter: boolean;
  /** A third party's DUT: modes stand for strategies. */
  isThirdParty: boolean;
}

/** Metrics that only a third party's DUT has. */
const thirdPartyMetrics: ReadonlySet<Metric> = new Set<Metric>(['latency-median', 'energy-median']);

/** Name of the strategy that savings and differences are counted from. */
const baseline = 'big-only';

interface Refusal {
  expected: string;
  received: string;
  hint: string;
}

function unknownName(names: readonly string[] | undefined, known: readonly string[], what: string) {
  const name = names?.find(one => !known.includes(one));
  if (name === undefined) return undefined;
  return {
    expected: `${what} of the run: ${known.join(', ')}`,
    received: name,
    hint: didYouMean(name, known),
  };
}

/** Why a target can never be judged in a run; undefined: it can. */
function refusalOf({ metric, strategies, bundles }: Target, scope: TargetScope): Refusal | undefined {
  const { blocks, hasMeter, isThirdParty } = scope;
  const known = [...new Set(blocks.map(block => block.strategy))];
  const knownBundles = [...new Set(blocks.flatMap(({ bundle }) => (bundle === undefined ? [] : [bundle])))];
  const name =
    unknownName(strategies, known, isThirdParty ? 'a mode' : 'a strategy') ??
    (knownBundles.length === 0 ? undefined : unknownName(bundles, knownBundles, 'a bundle'));
  if (name !== undefined) return name;
  const applies = blocks.filter(
    ({ bundle, strategy }) =>
      (strategies?.includes(strategy) ?? true) &&
      (bundle === undefined || (bundles?.includes(bundle) ?? true)),
  );
  if (applies.length === 0)
    return {
      expected: 'a strategy that one of the bundles has',
      received: `strategies ${strategies?.join(', ')} of bundles ${bundles?.join(', ')}`,
      hint: 'correct strategies or bundles of the target',
    };
  if (thirdPartyMetrics.has(metric) && !isThirdParty)
    return {
      expected: 'a metric of our own boards',
      received: metric,
      hint: `${[...thirdPartyMetrics].join(', ')} are of benches with protocol: mlperf-tiny`,
    };
  if (metric === 'auc' && !isThirdParty && !applies.some(({ isScored }) => isScored === true))
    return {
      expected: 'a strategy of kind score',
      received: [...new Set(applies.map(({ strategy }) => strategy))].join(', '),
      hint: 'strategies that give classes only are judged by accuracy',
    };
  if (relativeMetrics.has(metric) && !known.includes(baseline))
    return {
      expected: `a run that measures ${baseline} too`,
      received: known.join(', '),
      hint: `add ${baseline} to strategies, or drop the target`,
    };
  const isMeasured = hasMeter && (!isThirdParty || applies.some(({ strategy }) => strategy === 'energy'));
  if (energyMetrics.has(metric) && !isMeasured)
    return {
      expected: isThirdParty ? 'a mode energy, with a meter' : 'a bench with a meter',
      received: hasMeter
        ? `modes ${applies.map(({ strategy }) => strategy).join(', ')}`
        : 'meter: { driver: none }',
      hint: 'name a meter, or drop the target',
    };
  return undefined;
}

/** Whether a target can be judged in a run. */
export function canApply(target: Target, scope: TargetScope): boolean {
  return refusalOf(target, scope) === undefined;
}

/**
 * Refuses targets that could never be judged, before anything is measured.
 * @throws LF_UNKNOWN_TARGET with the nearest name
 */
export function checkTargets(targets: readonly Target[], scope: TargetScope): void {
  for (const target of targets) {
    const refusal = refusalOf(target, scope);
    if (refusal === undefined) continue;
    throw new LittlefirstError(
      'LF_UNKNOWN_TARGET',
      `The target "${target.name}" is for nothing in this run`,
      {
        ...refusal,
        fields: { target: target.name, metric: target.metric },
      },
    );
  }
}
