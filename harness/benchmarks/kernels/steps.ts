import type { PackedBundle } from '../../model/pack/bundle.js';
import { planned as plannedSteps } from '../../model/pack/network.js';
import type { Core, PlannedStep } from '../../model/pack/step.js';
import type { Network } from '../../model/tflite/network.js';
import type { Timing } from './image.js';

/** One step of a network as it ran: cycles by the timing model, the call by the engine included (some 40 cycles). */
export interface StepFigure {
  net: string;
  core: Core;
  step: number;
  op: string;
  /** Name of the layout, see harness/model/pack/layouts. */
  kernel: string;
  shape: string;
  macs: number;
  cycles: number;
  instructions: number;
  tableBytes: number;
}

function shapeOf({ op, inH, inW, inC, outH, outW, outC, ...rest }: PlannedStep): string {
  if (op === 'input') return '';
  const filter = `, ${rest.kernelH} x ${rest.kernelW} at ${rest.strideH}, ${rest.strideW}`;
  const sizes = `${inH} x ${inW} x ${inC} -> ${outH} x ${outW} x ${outC}`;
  return op === 'conv' || op === 'depthwise' ? sizes + filter : sizes;
}

/** @param timings one a step, in the order of the plan */
export function stepFigures(
  net: string,
  core: Core,
  network: Network,
  packed: PackedBundle,
  timings: readonly Timing[],
): StepFigure[] {
  const planned = plannedSteps(network, core).nodes.map(({ step }) => step);
  return packed.perNetwork[0].steps.map(({ op, kernel, macs, bytes }, step) => ({
    ...{ net, core, step, op, kernel, macs, shape: shapeOf(planned[step]) },
    ...{ cycles: timings[step].cycles, instructions: timings[step].instructions, tableBytes: bytes },
  }));
}

/** The steps as a table, with each one's part of the network's cycles. */
export function stepReport(figures: readonly StepFigure[]): string {
  const total = figures.reduce((sum, { cycles }) => sum + cycles, 0);
  const rows = [
    ['net', 'core', 'step', 'kernel', 'shape', 'MACs', 'cycles', 'part', 'cycles/MAC', 'table'],
    ...figures.map(figure => [
      ...[figure.net, figure.core, `${figure.step} ${figure.op}`, figure.kernel, figure.shape],
      ...[figure.macs.toLocaleString('en-US'), figure.cycles.toLocaleString('en-US')],
      `${((100 * figure.cycles) / total).toFixed(1)} %`,
      figure.macs > 0 ? (figure.cycles / figure.macs).toFixed(2) : '',
      figure.tableBytes.toLocaleString('en-US'),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) => (column < 5 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
  return rows.map(line).join('\n');
}
