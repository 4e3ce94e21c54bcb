import { count, energyWord } from '../../../record/format.js';
import { sampleRateText } from '../../../record/meter-text.js';
import type { RunRecord } from '../../../record/run-record.js';
import { conditionRows } from '../../conditions.js';
import { prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** Faults listed; a noisy line makes thousands. */
const maxFaults = 100;

function factsOf(record: RunRecord): [string, string][] {
  const { provenance, startedAt, finishedAt, periodSeconds } = record;
  const { harness, dataset, meter, host } = provenance;
  const optional = (name: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[name, value]];
  return [
    ['Energy', energyWord(record)],
    [
      'Harness',
      `littlefirst ${harness.version}, commit ${harness.commit}${harness.dirty ? ', with local changes' : ''}`,
    ],
    ['Collected', `${startedAt} to ${finishedAt}`],
    ...provenance.firmwares.map(
      one => [`Firmware ${one.board}`, `SHA-256 ${one.sha256}, ${one.compiler}`] as [string, string],
    ),
    ...provenance.chips.map(one => [`Chip profile ${one.name}`, `SHA-256 ${one.sha256}`] as [string, string]),
    ...provenance.models.map(
      one =>
        [
          `Model ${one.bundle} / ${one.name}`,
          `SHA-256 ${one.sha256}, ${count(one.macs)} MACs, ${count(one.bytes)} bytes`,
        ] as [string, string],
    ),
    [
      'Data',
      `${dataset.name}, ${dataset.split} split, ${dataset.order} order, ${count(dataset.windows)} windows every ${periodSeconds} s, SHA-256 ${dataset.sha256}`,
    ],
    ...optional('Caution', dataset.caution),
    ['Meter', `${meter.driver}: ${meter.model}${meter.emulated ? ', EMULATED' : ''}`],
    ...optional('Meter serial', meter.serial),
    ...optional('Meter sample rate', sampleRateText(meter)),
    ...optional('Meter firmware', meter.firmware),
    ...optional('Meter calibration, in its own words', meter.calibration),
    ...conditionRows(record),
    ...record.blocks
      .flatMap(({ recordings = [] }) => recordings)
      .map(
        ({ name, bytes, sha256 }) =>
          [`Recording ${name}`, `SHA-256 ${sha256}, ${count(bytes)} bytes`] as [string, string],
      ),
    ...(record.model?.cycles ?? []).map(
      ({ core, u, source }) =>
        [`Cycles of the ${core}`, `± ${u * 100} % (one standard uncertainty): ${source}`] as [string, string],
    ),
    ['Host', `${host.platform}, node ${host.node}, ${host.cpu}`],
  ];
}

/** Faults on the way: what happened and what was done. */
export function faultsSection({ record }: ReportContext): string {
  return section({
    id: 'faults',
    title: 'Faults',
    body:
      record.faults.length === 0
        ? '<p>None.</p>'
        : table({
            caption:
              record.faults.length > maxFaults
                ? `The first ${maxFaults} of ${record.faults.length}; all are in journal.ndjson`
                : undefined,
            columns: [words('Code'), prose('What happened'), prose('What was done')],
            rows: record.faults.slice(0, maxFaults).map(fault => [fault.code, fault.message, fault.action]),
          }),
  });
}

/** Where everything comes from, and how to assert it again. */
export function provenanceSection({ record }: ReportContext): string {
  return section({
    id: 'provenance',
    title: 'Provenance',
    body: `${table({ columns: [words('What'), prose('Which')], rows: factsOf(record) })}
<h3>Assert again</h3>
<p>The journal beside this file holds everything that was collected. Against the same or other targets, without a board:</p>
<pre>littlefirst check RUN-FOLDER
littlefirst check RUN-FOLDER --targets my-targets.yaml</pre>
<p>Beside this file: run.json (the record), windows.csv (every window), junit.xml (the suite), journal.ndjson (everything collected).</p>`,
  });
}
