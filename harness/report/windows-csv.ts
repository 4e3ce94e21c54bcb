import { stringify } from 'csv-stringify';
import { writeFileAtomically } from '../record/atomic-file.js';
import { personName } from '../record/person-name.js';
import { type BlockData, goldenKey, type JournalData } from '../verdict/evaluation/block-data.js';
import { unscored } from '../verdict/evaluation/window-kinds.js';
import { visibleLine } from '../visible.js';

/**
 * Columns of `windows.csv`, one row a window. Energies are microjoules of the provenance that `energy_provenance` names,
 * active seconds are meter time, cycles are core clock cycles, `nets` is the bit mask of networks run. A field is
 * empty when there is no such figure; `score` is in the unit of the network's output (of a reconstruction: squared); `truth` is empty for windows that are paid for but not scored.
 */
export const windowColumns = [
  'block',
  'board',
  'chip',
  'level',
  'millivolts',
  'hertz',
  'bundle',
  'strategy',
  'window',
  'subject',
  'truth',
  'label',
  'golden_label',
  'path',
  'nets',
  'gate_cycles',
  'big_cycles',
  'other_cycles',
  'energy_provenance',
  'gate_uJ',
  'big_uJ',
  'other_uJ',
  'active_s',
  'score',
] as const;

type Cell = string | number | null | undefined;

function* rowsOf(journal: JournalData, block: BlockData): Generator<Cell[]> {
  const { campaign } = journal;
  const { board, chip, level, bundle, strategy } = block.key;
  const golden = journal.golden.get(goldenKey(bundle, strategy));
  const className = (label: number | undefined): Cell =>
    label === undefined || label === unscored
      ? ''
      : label === campaign.labels.length
        ? 'UNKNOWN'
        : (campaign.labels[label] ?? label);
  const unit = golden?.scoreUnit;
  const scoreOf = (w: number): Cell =>
    unit === undefined || w >= block.scores.length ? '' : block.scores[w] * unit.factor + unit.offset;
  const head = [block.index, board, chip, level.name, level.mV, level.Hz, bundle, strategy];
  for (let w = 0; w < block.labels.length; w += 1) {
    const hasEnergy = w < block.gate.length;
    yield [
      ...head,
      w,
      personName(campaign, campaign.subjects[w]),
      className(campaign.truth[w]),
      className(block.labels[w]),
      className(golden?.labels[w]),
      block.path[w],
      block.nets[w],
      block.gateCycles[w],
      block.bigCycles[w],
      block.otherCycles[w],
      hasEnergy ? campaign.provenance.energy : '',
      block.gate[w],
      block.big[w],
      block.other[w],
      hasEnergy ? block.gateSeconds[w] + block.bigSeconds[w] + block.otherSeconds[w] : '',
      scoreOf(w),
    ];
  }
}

function* allRows(journal: JournalData): Generator<Cell[]> {
  for (const block of journal.blocks)
    for (const row of rowsOf(journal, block))
      yield row.map(cell => (typeof cell === 'string' ? visibleLine(cell) : cell));
}

/**
 * Writes `windows.csv` (RFC 4180 with line feeds). A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, "CSV
 * Injection"). Rows are made as they are written.
 * @throws LF_JOURNAL
 */
export async function writeWindowsCsv(path: string, journal: JournalData): Promise<void> {
  await writeFileAtomically(
    path,
    allRows(journal),
    stringify({ header: true, columns: [...windowColumns], escape_formulas: true }),
  );
}
