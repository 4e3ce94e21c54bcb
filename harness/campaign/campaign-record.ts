import { LittlefirstError } from '../errors.js';
import { batteries, batteryJoules } from '../measure/chip/battery.js';
import { profileCelsius } from '../measure/chip/temperature.js';
import type { MeterIdentity } from '../measure/meter/meter.js';
import { campaignOf } from '../record/campaign-of.js';
import { statedConditions } from '../record/conditions.js';
import type { BlockKey, CampaignRecord, JournalRecord } from '../record/journal/records.js';
import type { PreparedBundle, PreparedCampaign } from './bench/prepare.js';
import { energyKind, waivedRules } from './energy-kind.js';
import { harnessProvenance, hostProvenance } from './provenance.js';
import { withoutSecrets } from './secrets.js';

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

const noMeter: MeterIdentity = { driver: 'none', model: 'no meter', emulated: false };

/** The first record of a journal: everything that evaluation needs besides the blocks. */
export async function campaignRecord(
  prepared: PreparedCampaign,
  id: string,
  plan: BlockKey[],
  meter: MeterIdentity = noMeter,
  origin: Pick<CampaignRecord, 'lease' | 'coldStart'> = {},
): Promise<Omit<CampaignRecord, 't'>> {
  const { bench, windows, duts, targets, leftOut } = prepared;
  const { bundles } = duts[0];
  const waived = waivedRules(bench);
  const { labels, window } = bundles[0].bundle.description;
  const isModelled = bench.link === 'emulated:' || meter.emulated;
  return {
    kind: 'campaign',
    schema: 'littlefirst.journal/2',
    id,
    ...origin,
    bench: withoutSecrets({ ...bench, models: prepared.models }).bench,
    targets,
    leftOut,
    searches: prepared.searches,
    waived: waived.length > 0 ? waived : undefined,
    conditions: statedConditions(bench),
    provenance: {
      energy: energyKind(bench.link !== 'emulated:', meter, waived),
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
      model: {
        ambientCelsius: bench.ambientCelsius ?? profileCelsius,
        chips: distinct(duts.map(({ chip }) => chip)),
      },
    }),
    labels,
    truth: [...windows.labels],
    transitions:
      windows.transitions === undefined
        ? undefined
        : [...windows.transitions.keys()].filter(w => windows.transitions?.[w] === 1),
    subjects: [...windows.subjects],
    people: windows.people === undefined ? undefined : [...windows.people],
    resets: [...windows.resets],
    passes: bench.passes,
    plan,
    periodSeconds: window.stride / window.sampleRateHz,
    batteries: bench.batteries.map(name => ({
      name,
      joules: batteryJoules(batteries[name]),
      source: batteries[name].source,
    })),
  };
}

/**
 * Checks that a resumed run goes on with the meter that its first blocks were measured by: one run has one meter in its provenance.
 * @throws LF_METER_OPEN
 */
export function checkSameMeter(records: readonly JournalRecord[], meter: MeterIdentity = noMeter): void {
  const then = campaignOf(records).provenance.meter;
  const knowsRate = then.sampleRateHz !== undefined && meter.sampleRateHz !== undefined;
  const words = ({ driver, model, serial = 'none', sampleRateHz, emulated }: MeterIdentity) =>
    `${driver} ${model}, serial number ${serial}${knowsRate ? `, at ${sampleRateHz} samples per second` : ''}${emulated ? ', emulated' : ''}`;
  if (words(then) === words(meter)) return;
  throw new LittlefirstError('LF_METER_OPEN', 'This is another meter than the run began with', {
    expected: words(then),
    received: words(meter),
    hint: 'connect that meter, or start a new run',
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
