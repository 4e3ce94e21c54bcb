// Runs a small campaign on the shipped emulated bench, prints its events and figures, then opens the run again from its folder.
import { type Block, LittlefirstError, openBench, openRun, type RunEvents, runCampaign } from 'littlefirst';

const events: RunEvents = {
  onCaution: caution => console.log(caution),
  onPlan: (blocks, windows) => console.log(`${blocks} blocks, ${windows} windows`),
  onBlockEnd: ({ level, bundle, strategy }, valid) =>
    console.log(`${level.name} ${bundle} ${strategy}: ${valid === true ? 'valid' : valid}`),
};

function words({ level, strategy, accuracy, energyPerWindow_uJ: energy }: Block): string {
  const cost = energy === null ? 'no energy' : `${energy.value.toFixed(2)} uJ ± ${energy.u95.toFixed(2)}`;
  return `${level.name} ${strategy}: ${(100 * accuracy).toFixed(1)} %, ${cost} a window`;
}

const bench = await openBench(undefined, { windows: 60, levels: ['48MHz'] });
const finished = await runCampaign(bench, { out: 'library-run', ...events });
for (const block of finished.record.blocks) console.log(words(block));

const again = await openRun('library-run');
console.log(`the same record: ${JSON.stringify(again.record) === JSON.stringify(finished.record)}`);

try {
  await openBench('no-such-bench.yaml');
} catch (error) {
  if (error instanceof LittlefirstError) console.log(`${error.code}, ${error.actor} must act`);
}
