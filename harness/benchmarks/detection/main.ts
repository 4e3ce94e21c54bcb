import { parseArgs } from 'node:util';
import { thresholdOf } from '../../verdict/regression/threshold.js';
import { costs } from './costs.js';
import { blameless, falseAlarms, findStep, methodsOf, worldOf } from './study.js';
import { judgeTcpd } from './tcpd.js';
import { falseSuspicions } from './thresholds.js';

/** `npm run bench:detection`: what is found of steps, after how many nights, and how often for nothing. */
const { values } = parseArgs({
  options: {
    /** Nights of each row of false alarms, and histories of each row of steps. */
    nights: { type: 'string', default: '1000000' },
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '11' },
    /** Simulate the table of harness/verdict/regression/threshold.ts instead. */
    thresholds: { type: 'boolean', default: false },
    /** What finding more would cost, instead. */
    costs: { type: 'boolean', default: false },
    /** Folder with a copy of github.com/alan-turing-institute/TCPD. */
    tcpd: { type: 'string' },
  },
});
const [nights, histories, seed] = [values.nights, values.histories, values.seed].map(Number);
const print = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: string[]) => {
  print(...cells);
  print(...cells.map(() => '---'));
};

if (values.thresholds) {
  head('threshold', 'nights', 'suspicions', 'rate');
  for (const threshold of [3, 3.25, 3.5, 3.75, 4, 4.25, 4.5, 4.75]) {
    const asked = Math.round(nights * Math.min(12, 10 ** ((threshold - 4) / 0.75)));
    const { rate, events } = falseSuspicions(threshold, asked, seed);
    print(threshold, asked, events, rate.toExponential(2));
  }
} else if (values.costs) {
  head(
    ...['spread', 'otherwise than the farm', '1 %: found, same night or next', 'suspicions in 1,000'],
    ...['confirming runs in 1,000', 'the same where they spread twice as much'],
    ...['false alarms', 'the same where confirming runs spread twice as much'],
  );
  costs(thresholdOf(100, 52), histories, nights, seed, row => print(...row));
} else if (values.tcpd !== undefined) {
  head('series', 'points', 'annotated changes', 'found', 'named', 'right');
  for (const row of await judgeTcpd(values.tcpd))
    print(row.name, row.points, row.annotated, row.found, row.named, row.right);
} else {
  /* A hundred series, one false suspicion a week: the farm's default. */
  const threshold = thresholdOf(100, 52);
  const methods = methodsOf(threshold);
  console.log(
    `\nThreshold ${threshold.toFixed(2)}, seed ${seed}. Steps of an image, 30 nights to be found in:\n`,
  );
  head(
    'spread',
    'step',
    'method',
    'found',
    'same night or next',
    'median delay',
    'median misplacement',
    'histories',
  );
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  for (const spread of [0.001, 0.002, 0.003, 0.005])
    for (const step of [0.003, 0.005, 0.01, 0.02, 0.05])
      for (const method of methods) {
        const row = findStep(method, worldOf(spread), step, histories, seed);
        print(
          ...[percent(spread), percent(step), method.name, percent(row.found), percent(row.soon)],
          ...[row.delay, row.placed, row.histories],
        );
      }
  console.log('\nAlarms where no image is to blame:\n');
  head(
    'spread',
    'world',
    'method',
    'alarms in 1,000 series-nights',
    'alarms',
    'series-nights',
    'suspicions in 1,000',
    'confirming runs in 1,000',
  );
  for (const spread of [0.002, 0.005])
    for (const [name, world] of blameless)
      for (const method of methods) {
        const row = falseAlarms(method, worldOf(spread, world), nights, seed);
        const per = (count: number) => ((count / row.nights) * 1000).toPrecision(2);
        print(
          ...[percent(spread), name, method.name, per(row.alarms), row.alarms, row.nights],
          ...[row.suspicions === 0 ? '' : per(row.suspicions), row.rounds === 0 ? '' : per(row.rounds * 4)],
        );
      }
}
