import { ruleIterations, ruleLoops, ruleSeconds } from '../campaign/mlperf/rules.js';
import { percent, sig } from '../record/format.js';
import type { Block, RunRecord } from '../record/run-record.js';

/** One rule of MLPerf Tiny, and what a mode of this run did. */
export interface RuleCheck {
  mode: string;
  rule: string;
  asked: string;
  found: string;
  kept: boolean;
}

/** Quality targets of the closed division (mlcommons/tiny, benchmark/README.md), by the first letters of the model that the DUT names. */
const qualityTargets: readonly { model: string; metric: 'top-1' | 'AUC'; atLeast: number }[] = [
  { model: 'kws', metric: 'top-1', atLeast: 0.9 },
  { model: 'vww', metric: 'top-1', atLeast: 0.8 },
  { model: 'ic', metric: 'top-1', atLeast: 0.85 },
  { model: 'ad', metric: 'AUC', atLeast: 0.85 },
];

function qualityOf(model: string, block: Block): RuleCheck[] {
  const target = qualityTargets.find(one => new RegExp(`^${one.model}\\d`).test(model));
  if (target === undefined) return [];
  const { metric, atLeast } = target;
  const value = metric === 'AUC' ? (block.mlperf?.auc ?? null) : block.scored === 0 ? null : block.accuracy;
  const text = (share: number | null) => (metric === 'AUC' ? sig(share, 3) : `${percent(share)} %`);
  return [
    {
      mode: block.strategy,
      rule: `${metric}, quality target of the closed division`,
      asked: `at least ${text(atLeast)}`,
      found: text(value),
      kept: value !== null && value >= atLeast,
    },
  ];
}

function rulesOf({ thirdParty }: RunRecord, block: Block): RuleCheck[] {
  const { mlperf, strategy: mode } = block;
  if (mlperf === undefined || thirdParty === undefined) return [];
  if (mode === 'accuracy') {
    const all = thirdParty.inputs;
    const inputs = {
      mode,
      rule: 'inputs',
      asked: `all ${all}`,
      found: String(block.windows),
      kept: block.windows === all,
    };
    return [inputs, ...qualityOf(thirdParty.model, block)];
  }
  const { iterations, latencies_ms: latencies = [] } = mlperf;
  const shortest = latencies.length === 0 ? 0 : (Math.min(...latencies) * iterations) / 1e3;
  const check = (rule: string, asked: string, found: string, kept: boolean): RuleCheck => ({
    mode,
    rule,
    asked,
    found,
    kept,
  });
  return [
    check('runs, one an input', String(ruleLoops), String(block.windows), block.windows === ruleLoops),
    check(
      'time between two time stamps',
      `at least ${ruleSeconds} s`,
      `${sig(shortest)} s`,
      shortest >= ruleSeconds,
    ),
    check(
      'inferences between two time stamps',
      `at least ${ruleIterations}`,
      String(iterations),
      iterations >= ruleIterations,
    ),
  ];
}

/** The rules that a run can be held to by what it measured; empty for our own boards. */
export function mlperfRules(record: RunRecord): RuleCheck[] {
  return record.blocks.flatMap(block => rulesOf(record, block));
}
