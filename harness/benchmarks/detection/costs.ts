import { NightWatch, type Otherwise } from './night-watch.js';
import { falseAlarms, findStep, type Method, worldOf } from './study.js';

/** Spreads of a night in which steps of 1 % are looked for. */
export const costSpreads: readonly number[] = [0.002, 0.003, 0.004, 0.005, 0.006, 0.008];

/** The farm, and what it would do without early suspicions, as it did before them, and for other steps. */
const ways: readonly (readonly [name: string, otherwise: Otherwise])[] = [
  ['as the farm does it', {}],
  ['no early suspicions', { wanted: 0 }],
  [
    'none, and four rounds that believe the nights',
    { wanted: 0, confirming: { rounds: 4, riskOfAlarm: 1e-3 }, believed: 20 },
  ],
  ['a step of 0.7 % is wanted', { wanted: 0.007 }],
];

/** What finding steps of 1 % costs, by the spread of a night. */
export function costs(
  threshold: number,
  histories: number,
  nights: number,
  seed: number,
  print: (row: (string | number)[]) => void,
): void {
  for (const spread of costSpreads)
    for (const [name, otherwise] of ways) {
      const method: Method = {
        ...{ name, share: 1 },
        make: measure => new NightWatch(threshold, measure, 'regressed', otherwise),
      };
      const { found, soon } = findStep(method, worldOf(spread), 0.01, histories, seed);
      const calm = falseAlarms(method, worldOf(spread), nights, seed);
      const noisy = falseAlarms(method, worldOf(spread, { noisier: 2 }), nights, seed);
      const per = (count: number) => ((count / calm.nights) * 1000).toPrecision(2);
      print([
        ...[`${spread * 100} %`, name, `${(found * 100).toFixed(1)} %, ${(soon * 100).toFixed(1)} %`],
        ...[per(calm.suspicions), per(calm.rounds * 4), per(noisy.rounds * 4)],
        ...[`${calm.alarms} of ${calm.nights}`, `${noisy.alarms} of ${noisy.nights}`],
      ]);
    }
}
