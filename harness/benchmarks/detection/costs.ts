import { NightWatch, type Otherwise } from './night-watch.js';
import { falseAlarms, findStep, type Method, worldOf } from './study.js';

/** Steps of 1 % at spreads of a night: found at all, and the same night or the next. */
export const costCases = [0.002, 0.003, 0.005].map(spread => ({
  spread,
  name: `1 % at ${spread * 100} %: found, same night or next`,
}));

/** The farm as it is, and what it could do otherwise. */
const ways: readonly (readonly [threshold: number, name: string, otherwise: Otherwise])[] = [
  [3.85, 'nothing', {}],
  [2.75, 'nothing', {}],
  [3.85, 'one night begins no level', { keepsOneNight: true }],
  [3.25, 'one night begins no level, risk 0.02 %', { keepsOneNight: true, riskOfAlarm: 2e-4 }],
  [2.75, 'one night begins no level, risk 0.02 %', { keepsOneNight: true, riskOfAlarm: 2e-4 }],
  [
    2.75,
    'one night begins no level, risk 0.02 %, 8 rounds',
    { keepsOneNight: true, riskOfAlarm: 2e-4, rounds: 8 },
  ],
  [
    2.5,
    'one night begins no level, risk 0.02 %, 8 rounds',
    { keepsOneNight: true, riskOfAlarm: 2e-4, rounds: 8 },
  ],
];

/** What finding more costs: lower thresholds ask for confirming runs more often, and leave more to the confirmation. @returns rows of a table */
export function costs(histories: number, nights: number, seed: number): (string | number)[][] {
  return ways.map(([threshold, name, otherwise]) => {
    const method: Method = {
      ...{ name, share: 1 },
      make: measure => new NightWatch(threshold, measure, 'regressed', otherwise),
    };
    const found = costCases.map(({ spread }) => {
      const row = findStep(method, worldOf(spread), 0.01, histories, seed);
      return `${(row.found * 100).toFixed(1)} %, ${(row.soon * 100).toFixed(1)} %`;
    });
    const calm = falseAlarms(method, worldOf(0.003), nights, seed);
    const noisy = falseAlarms(method, worldOf(0.003, { noisier: 2 }), nights, seed);
    const per = (count: number) => ((count / calm.nights) * 1000).toPrecision(2);
    return [
      ...[threshold, name, ...found, per(calm.suspicions), per(calm.rounds * 4)],
      ...[`${calm.alarms} of ${calm.nights}`, `${noisy.alarms} of ${noisy.nights}`],
    ];
  });
}
