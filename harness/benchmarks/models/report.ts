import { sig } from '../../record/format.js';
import { cmsisBest, peers } from '../kernels/report.js';
import type { ModelFigure } from './figure.js';
import { plausibility } from './plausible.js';

const cores: Readonly<Record<string, string>> = { 'mps2-an385': 'm3', 'mps2-an386': 'm4' };
const head = [
  'model',
  'board',
  'chip, level',
  'inputs',
  'golden mismatches',
  'accuracy or AUC',
  'cycles',
  'cycles / MAC',
  'CMSIS-NN / ours',
  'latency, ms',
  'modelled energy, uJ',
];

/** A Markdown table, one row a campaign, and where there are figures of silicon whether the energies are plausible. */
export function modelReport(figures: readonly ModelFigure[]): string {
  const rows = figures.map(figure => {
    const { net, board, cycles, macs, auc, accuracy, valid } = figure;
    const cmsis = peers[cores[board]]?.[net]?.[cmsisBest];
    return [
      net,
      board,
      `${figure.chip}, ${figure.level}`,
      String(figure.windows),
      String(figure.goldenMismatches),
      auc === null ? `${(100 * accuracy).toFixed(1)} %` : `AUC ${auc.toFixed(3)}`,
      cycles === null ? '' : Math.round(cycles).toLocaleString('en-US'),
      cycles === null ? '' : (cycles / macs).toFixed(2),
      cycles === null || cmsis === undefined ? '' : (cmsis / cycles).toFixed(2),
      sig(figure.latencyMs, 4),
      valid === true
        ? `${sig(figure.energyMicrojoules, 4)} [${(figure.energyCI95 ?? []).map(end => sig(end, 3)).join(', ')}]`
        : valid,
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const silicon = plausibility(figures);
  const table = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  return [...table, ...(silicon.length === 0 ? [] : ['', ...silicon])].join('\n');
}
