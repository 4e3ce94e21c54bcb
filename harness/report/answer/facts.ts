import { count } from '../../record/format.js';
import { meterText } from '../../record/meter-text.js';
import type { RunRecord } from '../../record/run-record.js';

const energyTexts: Record<RunRecord['provenance']['energy'], string> = {
  measured: 'measured: a current meter on real silicon',
  modelled: 'modelled: computed from the chip profile, no silicon behind it',
  indicative: 'indicative: a real meter, but rules of the method were waived',
  replayed: 'replayed: recorded samples of another run',
  none: 'none: no meter',
};

const unique = (texts: readonly string[]): string => [...new Set(texts)].join(', ');

/** What was run: board, levels, meter, data, time, versions, what was waived. */
export function factsOf(record: RunRecord): [label: string, text: string][] {
  const { provenance, blocks, waived = [] } = record;
  const { harness, dataset, meter, firmwares } = provenance;
  const boards = unique(
    blocks.map(({ board, chip }) => (board === chip ? board : `${board} with chip ${chip}`)),
  );
  const levels = unique(blocks.map(({ level }) => level.name));
  const images = unique(firmwares.map(one => `${one.board} ${one.sha256.slice(0, 12)}`));
  return [
    ['run', `${record.id}, ${record.startedAt} to ${record.finishedAt}`],
    ['board', blocks.length === 0 ? 'none' : `${boards}; levels ${levels}`],
    ['meter', meterText(meter)],
    [
      'data',
      `${dataset.name}, ${dataset.split}, ${dataset.order} order, ${count(dataset.windows)} windows, SHA-256 ${dataset.sha256.slice(0, 12)}`,
    ],
    ['energy', energyTexts[provenance.energy]],
    [
      'harness',
      `${harness.version}, commit ${harness.commit.slice(0, 12)}${harness.dirty ? ' with local changes' : ''}`,
    ],
    ...(images === '' ? [] : ([['firmware', images]] as [string, string][])),
    ['waived', waived.length === 0 ? 'nothing' : waived.join('; ')],
  ];
}
