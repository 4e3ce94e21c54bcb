/** What the functions of the firmware are for. */

/** Stages of a window in the order of their work; `receive` and `answer` lie outside what is measured as a window. */
export const stages = [
  'receive',
  'features',
  'classifier',
  'drift',
  'filter',
  'step',
  'answer',
  'wait',
] as const;
export type Stage = (typeof stages)[number];

/** The first pattern that matches a function's name decides. */
const patterns: readonly [Stage, RegExp][] = [
  ['features', /^(feature|fixed_log2|columns$|fours$|near$|far$|stretch|bridge|finish$|__clz)/],
  ['drift', /^(drift|fixed_isqrt|fixed_sigmoid)/],
  ['filter', /^(belief|filtered|fixed_|update|watch|__.*div)/],
  [
    'classifier',
    /^(lf_(?!blob|crc)|run_(positions|pairs|channel|nine|fours|some)|dense_fours|part$|mean|maximum|fast_runs|conv|dot|block|exp_|classif|narrow|depthwise|run_network|run_stage|memcpy|memset|map_|fill_input|take_|gather)/,
  ],
  ['receive', /^(frames|link_(receive|frames|take|next)|pl011|uart|.*interrupt|.*_handler|memmove|cpu_)/],
  ['answer', /^(text|answer|link|stream|mlperf|extension|main|crc)/],
  ['wait', /^(port_(sleep|rest|idle)|.*wfi)/],
];

/** The stage that a function belongs to; `step` is what holds them together: the cascade's own code, markers and cycle counter. */
export function stageOf(name: string): Stage {
  return patterns.find(([, pattern]) => pattern.test(name))?.[0] ?? 'step';
}
