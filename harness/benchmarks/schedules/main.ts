/** `npm run bench:schedules [-- --windows N|all] [-- --search N] [-- --out DIR]`: chip x strategy at its best schedule (fixtures/benches/schedules.yaml). */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBench, runCampaign } from '../../library/run/campaign.js';
import { packagePath } from '../../package-root.js';
import { schedulesTable, searchesTable } from './table.js';

const { values } = parseArgs({
  options: { windows: { type: 'string' }, search: { type: 'string' }, out: { type: 'string' } },
});
const countOf = (text: string) => (text === 'all' ? text : Number(text));
const bench = await openBench(packagePath('fixtures', 'benches', 'schedules.yaml'), {
  windows: values.windows === undefined ? undefined : countOf(values.windows),
});
if (bench.kind === 'littlefirst' && values.search !== undefined)
  bench.prepared.bench.search = { split: 'train', windows: countOf(values.search) };
const out = values.out ?? join(mkdtempSync(join(tmpdir(), 'littlefirst-schedules-')), 'run');
const { record, folder } = await runCampaign(bench, {
  out,
  onSearch: blocks => console.error(`${blocks} schedules are measured first`),
  onPlan: blocks => console.error(`${blocks} blocks at the schedules found`),
});
console.log(schedulesTable(record));
console.log(`\n${searchesTable(record)}`);
console.error(`outcome ${record.outcome}; ${folder}`);
