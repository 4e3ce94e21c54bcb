import { capital, count, dash, percent, sig } from '../../../record/format.js';
import type { Block, MlperfFigures, RunRecord } from '../../../record/run-record.js';
import { validityVerdict } from '../../../verdict/evaluation/verdicts.js';
import { mlperfRules } from '../../mlperf-rules.js';
import { type Cell, number, prose, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

/** Single runs are listed up to this many; the median and its range say enough of more. */
const listedRuns = 20;

const identityTable = (party: NonNullable<RunRecord['thirdParty']>): string =>
  table({
    caption: 'The DUT, as it names itself',
    columns: [words('Name'), words('Profile'), words('Model')],
    rows: [[party.name, party.profile, party.model]],
  });

function goldenCell({ goldenMismatches, windows }: Block, { goldenChecked }: MlperfFigures): Cell {
  if (goldenChecked === undefined || goldenChecked === 'no') return { text: 'not compared' };
  const what = goldenChecked === 'label' ? ' (largest output)' : '';
  return {
    text: `${count(goldenMismatches)} of ${count(windows)}${what}`,
    mark: goldenMismatches === 0 ? 'pass' : 'fail',
  };
}

function middle(median: MlperfFigures['latencyMedian_ms']): string {
  return median === null ? dash : `${sig(median.value, 5)} (${sig(median.low, 5)} to ${sig(median.high, 5)})`;
}

function rowOf(block: Block, figures: MlperfFigures): (string | Cell)[] {
  return [
    block.strategy,
    count(block.windows),
    block.strategy === 'accuracy' && block.scored > 0 ? percent(block.accuracy) : dash,
    sig(figures.auc, 4),
    middle(figures.latencyMedian_ms),
    sig(figures.inferencesPerSecond, 5),
    middle(figures.energyMedian_uJ),
    count(figures.iterations),
    goldenCell(block, figures),
    block.valid === true
      ? { text: 'yes', mark: 'pass' }
      : { text: block.valid, mark: validityVerdict(block) },
  ];
}

function modesTable(modes: readonly [Block, MlperfFigures][], word: string): string {
  return table({
    caption: `Accuracy, latency and ${word} energy`,
    columns: [
      words('Mode'),
      number('Inputs'),
      number('Top-1, %'),
      number('AUC'),
      number('Latency, ms: median (least to largest)'),
      number('Inferences / s'),
      number(`${word} energy, µJ / inference: median (least to largest)`),
      number('Inferences a run'),
      number('Not golden'),
      prose('Valid'),
    ],
    rows: modes.map(([block, figures]) => rowOf(block, figures)),
  });
}

function runsTable([block, figures]: [Block, MlperfFigures], word: string): string {
  const { latencies_ms: latencies = [], energies_uJ: energies = [], iterations } = figures;
  if (latencies.length === 0 || latencies.length > listedRuns) return '';
  const hasEnergy = energies.length > 0;
  return table({
    caption: `Every run of mode ${block.strategy}${hasEnergy ? ` (${word} energy)` : ''}`,
    columns: [
      number('Run'),
      number('Between time stamps, s'),
      number('Latency, ms'),
      number('Inferences / s'),
      ...(hasEnergy ? [number(`${word} energy, µJ / inference`)] : []),
    ],
    rows: latencies.map((latency, i) => [
      String(i + 1),
      sig((latency * iterations) / 1e3),
      sig(latency, 5),
      sig(1e3 / latency, 5),
      ...(hasEnergy ? [sig(energies[i], 5)] : []),
    ]),
  });
}

function loopTable(modes: readonly [Block, MlperfFigures][]): string {
  const looped = modes.flatMap(([{ strategy }, { loop }]) =>
    loop === undefined
      ? []
      : [
          [
            strategy,
            count(loop.inputs),
            count(loop.inferences),
            count(loop.gateRuns),
            count(loop.bigRuns),
            loop.labelsCrc32,
          ],
        ],
  );
  if (looped.length === 0) return '';
  return table({
    caption: 'Inputs that the DUT ran in turn, as it says itself',
    columns: [
      words('Mode'),
      number('Inputs'),
      number('Inferences a run'),
      number('Gate ran'),
      number('Big ran'),
      words('CRC-32 of the labels'),
    ],
    rows: looped,
  });
}

function rulesTable(record: RunRecord): string {
  return table({
    caption: 'Rules that this run can be held to',
    columns: [words('Mode'), words('Rule'), words('Asked'), words('This run'), words('Kept')],
    rows: mlperfRules(record).map(({ mode, rule, asked, found, kept }) => [
      mode,
      rule,
      asked,
      found,
      kept ? { text: 'yes', mark: 'pass' } : { text: 'no', mark: 'fail' },
    ]),
  });
}

/** What MLPerf Tiny asks of a DUT that is not ours; empty for our own boards. */
export function mlperfSection({ record, word }: ReportContext): string {
  const { thirdParty } = record;
  if (thirdParty === undefined) return '';
  const modes = record.blocks.flatMap((block): [Block, MlperfFigures][] =>
    block.mlperf === undefined ? [] : [[block, block.mlperf]],
  );
  return section({
    id: 'mlperf-tiny',
    title: `MLPerf Tiny protocol: accuracy, latency and ${word} energy`,
    notes: [
      'Not an MLPerf result: those are made with the official runner and reviewed.',
      `Latency is the DUT's own time between two stamps, in mode energy the meter's between two pulses, divided by the inferences between them. ${capital(word)} energy is divided likewise.`,
    ],
    body: [
      identityTable(thirdParty),
      modesTable(modes, word),
      ...modes.map(mode => runsTable(mode, word)),
      loopTable(modes),
      rulesTable(record),
    ].join(''),
  });
}
