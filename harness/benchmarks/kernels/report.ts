import type { KernelFigure } from './figure.js';

/**
 * Cycles of other libraries for networks of the same shapes, from an earlier study: gcc 12.2 -O3 (NNoM and CMSIS-NN as
 * their projects build them), zero wait states, a timing model of the same rules; their weights were Gaussian with
 * the same deviation. Not run here. `generated code`: assembler written for one network, with weights of any size. `one rounding`: CMSIS-NN with CMSIS_NN_USE_SINGLE_ROUNDING.
 */
const peers: Record<string, Record<string, Record<string, number>>> = {
  m3: {
    'big-3in': {
      'CMSIS-NN': 1_443_480,
      'CMSIS-NN, one rounding': 1_382_603,
      'TFLM reference': 2_820_852,
      NNoM: 2_649_199,
      'generated code, simpler rounding': 459_835,
    },
    'big-1in': {
      'CMSIS-NN': 544_962,
      'CMSIS-NN, one rounding': 524_107,
      'TFLM reference': 1_030_997,
      NNoM: 957_679,
      'generated code, simpler rounding': 172_002,
    },
    little: {
      'CMSIS-NN': 185_948,
      'CMSIS-NN, one rounding': 177_082,
      'TFLM reference': 239_240,
      NNoM: 249_929,
      'generated code, simpler rounding': 27_544,
    },
  },
  m4: {
    'big-3in': {
      'CMSIS-NN': 1_053_008,
      'CMSIS-NN, one rounding': 1_017_050,
      'TFLM reference': 2_581_238,
      NNoM: 2_479_245,
      'generated code, simpler rounding': 191_880,
    },
    'big-1in': {
      'CMSIS-NN': 388_304,
      'CMSIS-NN, one rounding': 372_720,
      'TFLM reference': 950_496,
      NNoM: 891_863,
      'generated code, simpler rounding': 79_318,
    },
    little: {
      'CMSIS-NN': 168_150,
      'CMSIS-NN, one rounding': 163_025,
      'TFLM reference': 222_790,
      NNoM: 239_767,
      'generated code, simpler rounding': 17_058,
    },
  },
};

const columns = [
  'net',
  'core',
  'kernel',
  'cycles',
  'lo',
  'hi',
  'instructions',
  'cycles/MAC',
  'code',
  'RAM',
  'x shipped',
];

const grouped = (value: number): string => value.toLocaleString('en-US');

/** The figures as a table, each network and core with its peers, and by how much the shipped kernels are faster. */
export function kernelReport(figures: readonly KernelFigure[]): string {
  const rows: string[][] = [columns];
  for (const shipped of figures.filter(({ kernel }) => kernel === 'shipped')) {
    const { net, core, macs } = shipped;
    const times = (cycles: number): string => (cycles / shipped.cycles).toFixed(2);
    for (const figure of figures.filter(other => other.net === net && other.core === core)) {
      const counts = [figure.cycles, figure.lo, figure.hi, figure.instructions].map(grouped);
      const bytes = [grouped(figure.codeBytes), grouped(figure.ramBytes)];
      rows.push([
        net,
        core,
        figure.kernel,
        ...counts,
        (figure.cycles / macs).toFixed(2),
        ...bytes,
        times(figure.cycles),
      ]);
    }
    for (const [name, cycles] of Object.entries(peers[core]?.[net] ?? {}))
      rows.push([
        net,
        core,
        `(${name})`,
        grouped(cycles),
        '',
        '',
        '',
        (cycles / macs).toFixed(2),
        '',
        '',
        times(cycles),
      ]);
  }
  const widths = columns.map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  '),
  );
  const note =
    'Exact TFLite arithmetic (double rounding), input copy included; cycles of the timing model, not measured on silicon. ' +
    'Peers in brackets: figures of an earlier study on a model of the same rules, not run here. code: all kernels of the core; RAM: arena.';
  return [...lines, '', note].join('\n');
}
