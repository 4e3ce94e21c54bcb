/** `npm run campaign:faults -- --seeds 1000 [--first 0]`: one campaign a seed, each with a fault; what each kind led to. */
import { parseArgs } from 'node:util';
import { FaultCampaigns, faultKinds, faultOf, missed, type Outcome } from '../../testing/faults/campaigns.js';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, first: { type: 'string', default: '0' } },
});
const first = Number(values.first);
const outcomes: Outcome[] = [
  'no effect',
  'mended',
  'block invalid',
  'run ended',
  'wrong label',
  'wrong energy',
  'hang',
];
const table = new Map(faultKinds.map(kind => [kind, new Map<Outcome, number>()]));
const campaigns = await FaultCampaigns.make();
for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const { kind, outcome, detail, changes } = await campaigns.run(faultOf(seed));
  const row = table.get(kind);
  row?.set(outcome, (row.get(outcome) ?? 0) + 1);
  if (missed.includes(outcome))
    process.stderr.write(`seed ${seed}: ${kind}: ${outcome} ${detail} ${JSON.stringify(changes)}\n`);
}

const line = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
line(['fault', ...outcomes, 'recall']);
line(['---', ...outcomes.map(() => '---'), '---']);
for (const [kind, row] of table) {
  const of = (outcome: Outcome) => row.get(outcome) ?? 0;
  const found = of('mended') + of('block invalid') + of('run ended');
  const harmful = found + missed.reduce((sum, outcome) => sum + of(outcome), 0);
  line([kind, ...outcomes.map(of), harmful === 0 ? '-' : `${found} of ${harmful}`]);
}
