import { LittlefirstError } from '../errors.js';
import { batteries, batteryJoules } from '../measure/chip/battery.js';
import type { MeterIdentity } from '../measure/meter/meter.js';
import type { CampaignRecord, JournalRecord } from '../record/journal-records.js';
import type { PreparedBundle, PreparedCampaign } from './bench/prepare.js';
import { harnessProvenance, hostProvenance } from './provenance.js';

function modelsOf(bundles: readonly PreparedBundle[]): CampaignRecord['provenance']['models'] {
  return bundles.flatMap(({ bundle, name }) =>
    bundle.networks.map(network => ({
      bundle: name,
      name: network.name,
      sha256: network.sha256,
      macs: network.macs,
      bytes: network.bytes,
    })),
  );
}

/** Without repetitions of the same SHA-256. */
function distinct<T extends { sha256: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map(item => [item.sha256, item])).values()];
}

/** The first record of a journal: everything that evaluation needs besides the blocks. */
export async function campaignRecord(
  prepared: PreparedCampaign,
  id: string,
  meter: MeterIdentity = { driver: 'none', model: 'no meter', emulated: false },
): Promise<Omit<CampaignRecord, 't'>> {
  const { bench, windows, duts } = prepared;
  const { bundles } = duts[0];
  const { labels, window } = bundles[0].bundle.description;
  const isModelled = bench.link === 'emulated:' || meter.emulated;
  return {
    kind: 'campaign',
    schema: 'littlefirst.journal/1',
    id,
    bench: { ...bench, models: prepared.models },
    targets: bench.targets,
    provenance: {
      energy: isModelled ? 'modelled' : 'measured',
      harness: await harnessProvenance(),
      firmware: distinct(
        duts.map(({ board, firmware: { entry } }) => ({
          sha256: entry.sha256,
          board: board.name,
          compiler: entry.compiler,
        })),
      ),
      models: modelsOf(bundles),
      dataset: {
        name: windows.name,
        split: windows.split,
        order: windows.order,
        windows: windows.starts.length,
        sha256: windows.sha256,
        caution: windows.caution,
      },
      meter,
      chip: distinct(duts.map(({ chip }) => ({ name: chip.name, sha256: chip.sha256 }))),
      host: hostProvenance(),
    },
    ...(isModelled && {
      model: { ambientCelsius: bench.ambientCelsius, chips: distinct(duts.map(({ chip }) => chip)) },
    }),
    labels,
    truth: [...windows.labels],
    transitions:
      windows.transitions === undefined
        ? undefined
        : [...windows.transitions.keys()].filter(w => windows.transitions?.[w] === 1),
    subjects: [...windows.subjects],
    resets: [...windows.resets],
    passes: bench.passes,
    periodSeconds: window.stride / window.sampleRateHz,
    batteries: bench.batteries.map(name => ({
      name,
      joules: batteryJoules(batteries[name]),
      source: batteries[name].source,
    })),
  };
}

/** The first record of a journal. @throws LF_RUN_CORRUPT */
export function campaignOf(records: readonly JournalRecord[]): CampaignRecord {
  const [campaign] = records;
  if (campaign?.kind === 'campaign') return campaign;
  throw new LittlefirstError('LF_RUN_CORRUPT', 'The journal has no campaign record', {
    expected: 'a first line of kind "campaign"',
    received: campaign === undefined ? 'an empty journal' : `kind "${campaign.kind}"`,
    hint: 'start a new run',
  });
}

const hashesOf = (models: readonly { sha256: string }[]): string => models.map(model => model.sha256).join();

/**
 * Checks that a resumed run goes on with the same image, models and data.
 * @throws LF_CONFIG_INVALID
 */
export function checkResumable(records: readonly JournalRecord[], prepared: PreparedCampaign): void {
  const then = campaignOf(records).provenance;
  const { duts } = prepared;
  const pairs: [string, unknown, unknown][] = [
    ['firmware image', hashesOf(then.firmware), hashesOf(distinct(duts.map(dut => dut.firmware.entry)))],
    ['data', then.dataset.sha256, prepared.windows.sha256],
    ['chip profile', hashesOf(then.chip), hashesOf(distinct(duts.map(dut => dut.chip)))],
    ['models', hashesOf(then.models), hashesOf(modelsOf(duts[0].bundles))],
  ];
  const changed = pairs.filter(([, before, now]) => before !== now).map(([what]) => what);
  if (changed.length > 0)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'This run cannot be resumed: its inputs have changed', {
      expected: 'the same files as when the run began',
      received: `another ${changed.join(', another ')}`,
      hint: 'start a new run',
    });
}
