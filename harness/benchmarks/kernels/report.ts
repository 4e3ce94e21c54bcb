import { peerRuntimes } from '../../report/peers.js';
import type { KernelFigure } from './figure.js';

/*
 * MLPerf Tiny: CMSIS-NN (commit 99f736a, bare C calls) and reference C in the manner of TFLite Micro, gcc 12.2.1 at zero wait states on this
 * project's timing model, with the exact answers of TFLite Micro; no interpreter counted. X-CUBE-AI 9.0 was measured on silicon: STM32L4R5 at
 * 120 MHz, five wait states behind its cache (MLPerf Tiny v1.2 results).
 */
const cmsis = 'CMSIS-NN -O3';
export const cmsisBest = 'CMSIS-NN, best of -O2, -O3, -O3 unrolled';
const tflmLike = 'TFLM-like reference C -O3';
const xCubeAi = 'X-CUBE-AI 9.0, silicon, 5 wait states';

/** Cycles of the published Big, which reports name too. */
const publishedBig = (core: string): Record<string, number> =>
  Object.fromEntries(peerRuntimes.map(({ name, cycles }) => [name, cycles[core].value]));

/**
 * Cycles of other libraries for networks of the same shapes, from an earlier study: gcc 12.2 -O3 (NNoM and CMSIS-NN as
 * their projects build them), zero wait states, a timing model of the same rules; their weights were Gaussian with
 * the same deviation. Not run here. `generated code`: assembler written for one network, with weights of any size. `one rounding`: CMSIS-NN with CMSIS_NN_USE_SINGLE_ROUNDING.
 */
export const peers: Record<string, Record<string, Record<string, number>>> = {
  m3: {
    kws: { [cmsis]: 15_826_906, [cmsisBest]: 14_942_737, [tflmLike]: 61_400_000 },
    ic: { [cmsis]: 66_982_235, [cmsisBest]: 66_982_235, [tflmLike]: 157_600_000 },
    vww: { [cmsis]: 47_738_008, [cmsisBest]: 44_318_125, [tflmLike]: 144_800_000 },
    ad: { [cmsis]: 1_591_634, [cmsisBest]: 1_591_634, [tflmLike]: 2_780_000 },
    sww: { [cmsis]: 6_559_657, [cmsisBest]: 5_790_747, [tflmLike]: 12_100_000 },
    'big-3in': {
      ...publishedBig('cortex-m3'),
      'CMSIS-NN, one rounding': 1_382_603,
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
    kws: { [cmsis]: 8_840_315, [cmsisBest]: 8_733_315, [tflmLike]: 56_300_000, [xCubeAi]: 5_170_000 },
    ic: { [cmsis]: 34_752_184, [cmsisBest]: 34_594_952, [tflmLike]: 143_000_000, [xCubeAi]: 19_800_000 },
    vww: { [cmsis]: 28_158_341, [cmsisBest]: 27_545_562, [tflmLike]: 132_000_000, [xCubeAi]: 10_700_000 },
    ad: { [cmsis]: 717_658, [cmsisBest]: 717_658, [tflmLike]: 2_510_000, [xCubeAi]: 630_000 },
    sww: { [cmsis]: 2_569_273, [cmsisBest]: 2_453_125, [tflmLike]: 11_000_000 },
    'big-3in': {
      ...publishedBig('cortex-m4f'),
      'CMSIS-NN, one rounding': 1_017_050,
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
