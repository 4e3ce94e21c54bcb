/**
 * `npm run bench:schedules [-- --windows N|all] [-- --search N] [-- --plan] [-- --out DIR] [-- --resume DIR]`: chip x strategy at its best schedule
 * (fixtures/benches/schedules.yaml).
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forecast } from '../../campaign/forecast/forecast.js';
import { openBench, resumeCampaign, runCampaign } from '../../library/run/campaign.js';
import { searchOf } from '../../library/run/schedules.js';
import { packagePath } from '../../package-root.js';
import { schedulesTable, searchesTable } from './table.js';

const { values } = parseArgs({
  options: {
    windows: { type: 'string' },
    search: { type: 'string' },
    out: { type: 'string' },
    resume: { type: 'string' },
    plan: { type: 'boolean' },
  },
});
const countOf = (text: string) => (text === 'all' ? text : Number(text));
const bench = await openBench(packagePath('fixtures', 'benches', 'schedules.yaml'), {
  windows: values.windows === undefined ? undefined : countOf(values.windows),
});
if (bench.kind === 'littlefirst' && values.search !== undefined)
  bench.prepared.bench.search = { split: 'train', windows: countOf(values.search) };

const events = {
  onSearch: (blocks: number) => console.error(`${blocks} schedules are measured first`),
  onPlan: (blocks: number) => console.error(`${blocks} blocks at the schedules found`),
};

async function run(): Promise<void> {
  const out = values.out ?? join(mkdtempSync(join(tmpdir(), 'littlefirst-schedules-')), 'run');
  console.error(`in ${values.resume ?? out}; what is cut off goes on by --resume`);
  const { record, folder } =
    values.resume === undefined
      ? await runCampaign(bench, { out, ...events })
      : await resumeCampaign(values.resume, events);
  console.log(schedulesTable(record));
  console.log(`\n${searchesTable(record)}`);
  console.error(`outcome ${record.outcome}; ${folder}`);
}

if (values.plan === true && bench.kind === 'littlefirst') {
  const { search } = forecast(bench.prepared, [], await searchOf(bench.prepared));
  console.log(JSON.stringify(search, null, 2));
} else await run();
