import { batteries, batteryJoules } from '../energy/battery.js';
import { LittlefirstError } from '../errors.js';
import type { MeterIdentity } from '../meter/meter.js';
import type { CampaignRecord, JournalRecord } from './journal-records.js';
import type { PreparedBench, PreparedBundle } from './prepare.js';
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

/** The first record of a journal: everything that evaluation needs besides the blocks. */
export async function campaignRecord(
  prepared: PreparedBench,
  id: string,
  meter: MeterIdentity = { driver: 'none', model: 'no meter', emulated: false },
): Promise<Omit<CampaignRecord, 't'>> {
  const { bench, board, chip, windows, firmware, bundles } = prepared;
  const { labels, window } = bundles[0].bundle.description;
  return {
    kind: 'campaign',
    schema: 'littlefirst.journal/1',
    id,
    bench: { ...bench, models: prepared.models },
    targets: bench.targets,
    provenance: {
      energy: bench.link === 'emulated:' ? 'modelled' : 'measured',
      harness: await harnessProvenance(),
      firmware: [{ sha256: firmware.entry.sha256, board: board.name, compiler: firmware.entry.compiler }],
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
      chip: [{ name: chip.name, sha256: chip.sha256 }],
      host: hostProvenance(),
    },
    labels,
    truth: [...windows.labels],
    subjects: [...windows.subjects],
    resets: [...windows.resets],
    periodSeconds: window.stride / window.sampleRateHz,
    batteries: Object.values(batteries).map(battery => ({
      name: battery.name,
      joules: batteryJoules(battery),
      source: battery.source,
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
export function checkResumable(records: readonly JournalRecord[], prepared: PreparedBench): void {
  const then = campaignOf(records).provenance;
  const pairs: [string, unknown, unknown][] = [
    ['firmware image', then.firmware[0].sha256, prepared.firmware.entry.sha256],
    ['data', then.dataset.sha256, prepared.windows.sha256],
    ['chip profile', then.chip[0].sha256, prepared.chip.sha256],
    ['models', hashesOf(then.models), hashesOf(modelsOf(prepared.bundles))],
  ];
  const changed = pairs.filter(([, before, now]) => before !== now).map(([what]) => what);
  if (changed.length > 0)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'This run cannot be resumed: its inputs have changed', {
      expected: 'the same files as when the run began',
      received: `another ${changed.join(', another ')}`,
      hint: 'start a new run',
    });
}
