// Runs a small campaign on the shipped emulated bench and prints its figures.
import { openBench, openRun, runCampaign } from 'littlefirst';

const bench = await openBench(undefined, { windows: 60, levels: ['48MHz'] });
const { record, suite } = await runCampaign(bench, {
  out: 'library-js-run',
  onBlockEnd: ({ bundle, strategy }, valid) => console.log(bundle, strategy, valid),
});
for (const { strategy, accuracy, energyPerWindow_uJ } of record.blocks)
  console.log(strategy, accuracy, energyPerWindow_uJ?.value, record.provenance.energy);
console.log(`${suite.passed} checks passed`);

const { journal } = await openRun('library-js-run');
console.log(`${journal.blocks.length} blocks in the journal`);
