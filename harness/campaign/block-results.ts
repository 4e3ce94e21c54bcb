import type { BlockEnergy, EnergyColumns } from '../measure/energy/block-energy.js';
import type { Journal } from '../record/journal/journal.js';
import type { RecordingFile, StageCycles, StagesRecord, WindowsRecord } from '../record/journal/records.js';
import { totalCycles } from '../record/stage-time.js';
import type { WindowResult } from '../wire/dut/replies.js';
import type { WindowCycles } from './open/machine-cycles.js';

/** Windows of one journal record. */
const windowsPerRecord = 500;

/** Answers of one block, columnar, in window order. */
export class BlockResults {
  readonly columns: Omit<WindowsRecord, 'kind' | 't' | 'block' | 'from'> = {
    labels: [],
    path: '',
    nets: [],
    gateCycles: [],
    bigCycles: [],
    otherCycles: [],
  };

  /** Of a `score` strategy, one a window. */
  readonly scores: number[] = [];

  /** Times that bytes may have moved inside a window (`StreamCounts.unquiet`). */
  unquiet = 0;

  /** What the changes between the stages' levels took, where they have their own. */
  stages: StagesRecord | undefined;

  /** Range of the machine's counts that operands leave open, all windows together; undefined where no machine counted. */
  earlyCycles: StageCycles | undefined;

  get count(): number {
    return this.columns.labels.length;
  }

  /** Windows in which Big ran. */
  get bigWindows(): number {
    return this.columns.path.split('b').length - 1;
  }

  add(result: WindowResult): void {
    const { columns } = this;
    columns.labels.push(result.label);
    columns.path += result.path;
    columns.nets.push(result.nets);
    columns.gateCycles.push(result.gateCycles);
    columns.bigCycles.push(result.bigCycles);
    columns.otherCycles.push(result.otherCycles);
    if (result.score !== undefined) this.scores.push(result.score);
  }

  /** Puts in the machine's counts where the DUT cannot count. */
  fillCycles(windows: readonly WindowCycles[]): void {
    const { columns } = this;
    if (windows.length !== this.count) return;
    const early = (stage: keyof StageCycles) => windows.reduce((sum, window) => sum + window.early[stage], 0);
    this.earlyCycles = { gate: early('gate'), big: early('big'), other: early('other') };
    windows.forEach((window, i) => {
      columns.gateCycles[i] ??= window.gate;
      columns.bigCycles[i] ??= window.big;
      columns.otherCycles[i] ??= window.other;
    });
  }

  /** Sum of all cycles, of the time that they take at the gate's level where stages have their own; undefined where some are unknown. */
  totalCycles(): number | undefined {
    const { gateCycles, bigCycles, otherCycles } = this.columns;
    return totalCycles({ gateCycles, bigCycles, otherCycles, stages: this.stages });
  }

  /** Writes the answers as `windows` records. */
  write(journal: Journal, block: number): void {
    const { columns } = this;
    for (let from = 0; from < this.count; from += windowsPerRecord) {
      const to = from + windowsPerRecord;
      journal.write({
        kind: 'windows',
        block,
        from,
        unquiet: from === 0 && this.unquiet > 0 ? this.unquiet : undefined,
        stages: from === 0 ? this.stages : undefined,
        earlyCycles: from === 0 ? this.earlyCycles : undefined,
        labels: columns.labels.slice(from, to),
        path: columns.path.slice(from, to),
        nets: columns.nets.slice(from, to),
        gateCycles: columns.gateCycles.slice(from, to),
        bigCycles: columns.bigCycles.slice(from, to),
        otherCycles: columns.otherCycles.slice(from, to),
        scores: this.scores.length === 0 ? undefined : this.scores.slice(from, to),
      });
    }
  }
}

/** Writes a block's energy as `energy`, `block-energy` and `trace` records. */
export function writeEnergy(
  journal: Journal,
  block: number,
  measured: BlockEnergy,
  recording?: RecordingFile,
): void {
  const { energy } = measured;
  const keys = Object.keys(energy) as (keyof EnergyColumns)[];
  for (let from = 0; from < energy.gateMicrojoules.length; from += windowsPerRecord) {
    const part = Object.fromEntries(
      keys.map(key => [key, energy[key].slice(from, from + windowsPerRecord)]),
    ) as unknown as EnergyColumns;
    journal.write({ kind: 'energy', block, from, ...part });
  }
  journal.write({ kind: 'block-energy', block, ...measured.block, recording });
  journal.write({ kind: 'trace', block, ...measured.trace });
}
