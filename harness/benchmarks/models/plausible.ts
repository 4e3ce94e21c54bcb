import { sig } from '../../record/format.js';
import type { TinyName } from '../../testing/model/tiny.js';
import type { ModelFigure } from './figure.js';

/**
 * Cycle model and chip profile together against silicon: MLPerf Tiny v1.2, X-CUBE-AI 9.0 on a NUCLEO-L4R5ZI at 120 MHz and 1.8 V
 * (mlcommons/tiny_results_v1.2, kind: published), microjoules and milliseconds an inference. sww was no part of it.
 */
const published: Partial<Record<TinyName, { microjoules: number; milliseconds: number }>> = {
  ad: { microjoules: 203, milliseconds: 5.25 },
  kws: { microjoules: 1820, milliseconds: 43.1 },
  ic: { microjoules: 6919, milliseconds: 165 },
  vww: { microjoules: 3895, milliseconds: 88.9 },
};
const publishedChip = 'stm32l4r5';
const publishedHertz = 120e6;
/** Standard uncertainty of a published figure as one of code in general: spread of 36 such runs over builds. */
const publishedRelative = 0.11;
/** The profile's regulator is linear: current does not depend on the supply, energy is proportional to it. The benches run at 3.3 V. */
const toPublishedSupply = 1.8 / 3.3;

const picojoules = (microjoules: number, cycles: number): number => (microjoules * 1e6) / cycles;

/** A line for each figure that silicon can be set beside: energy of one cycle, as kernels take different numbers of them. */
export function plausibility(figures: readonly ModelFigure[]): string[] {
  return figures.flatMap(({ net, chip, cycles, energyMicrojoules, energyCI95 }) => {
    const silicon = published[net];
    if (silicon === undefined || chip !== publishedChip || cycles === null || energyMicrojoules === null)
      return [];
    const perCycle = (microjoules: number): number => picojoules(microjoules * toPublishedSupply, cycles);
    const ends = [energyCI95?.[0] ?? 0, energyCI95?.[1] ?? Infinity].map(perCycle);
    const there = picojoules(silicon.microjoules, (silicon.milliseconds / 1000) * publishedHertz);
    const overlap =
      there * (1 + 2 * publishedRelative) >= ends[0] && there * (1 - 2 * publishedRelative) <= ends[1];
    const inside = there >= ends[0] && there <= ends[1];
    const verdict = inside ? 'inside our interval' : overlap ? 'intervals overlap' : 'NOT plausible';
    return [
      `${net} as ${chip}, at 1.8 V: ${sig(perCycle(energyMicrojoules), 3)} pJ a cycle [${ends.map(end => sig(end, 3)).join(', ')}] modelled, ` +
        `${sig(there, 3)} (u ${100 * publishedRelative} %) on silicon with X-CUBE-AI 9.0: ${verdict}`,
    ];
  });
}
