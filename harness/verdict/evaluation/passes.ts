import { mergeIdle, mergePassTerms } from '../../measure/energy/uncertainty-passes.js';
import type { UncertaintyTerm } from '../../measure/uncertainty.js';
import type { BlockEnergyRecord, Invalidity } from '../../record/journal/records.js';
import type { BlockData, Column } from './block-data.js';

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Mean active energy of a window in one pass, microjoules; undefined without energy. */
export function passMicrojoules({ gate, big, other, energy }: BlockData): number | undefined {
  if (energy === undefined || gate.length === 0) return undefined;
  return mean(gate.map((value, w) => value + big[w] + other[w]));
}

/** The mean of equally long columns, entry by entry. */
function meanColumn(columns: readonly (readonly number[])[]): number[] {
  return columns[0].map((_, w) => mean(columns.map(column => column[w])));
}

/** The same of columns with gaps; a gap in one is a gap. */
function meanGapped(columns: readonly Column[]): Column {
  return columns[0].map((_, w) => {
    const values = columns.map(column => column[w]).filter(value => value !== null);
    return values.length === columns.length ? mean(values) : null;
  });
}

/** Windows in which two passes answer differently. */
function differences(a: BlockData, b: BlockData): number {
  const same = (w: number) =>
    a.labels[w] === b.labels[w] &&
    a.path[w] === b.path[w] &&
    a.nets[w] === b.nets[w] &&
    a.scores[w] === b.scores[w];
  const length = Math.max(a.labels.length, b.labels.length);
  return Array.from({ length }, (_, w) => same(w)).filter(isSame => !isSame).length;
}

/** Why passes cannot be one block, and what is lost; the worst comes first. Undefined: they can. */
function faultOf(
  passes: readonly BlockData[],
  expected: number,
): { valid: string; invalidity: Invalidity } | undefined {
  const lostIn = (...kinds: (Invalidity | undefined)[]) =>
    passes
      .filter(({ valid, invalidity }) => valid !== true && kinds.includes(invalidity))
      .map(({ pass, valid, invalidity = 'broken' }) => ({ valid: `pass ${pass}: ${valid}`, invalidity }))[0];
  const broken = lostIn('broken', undefined);
  if (broken !== undefined) return broken;
  if (passes.length < expected)
    return {
      valid: `the block was not finished: ${passes.length} of ${expected} passes`,
      invalidity: 'broken',
    };
  const [first, ...others] = passes;
  for (const other of others) {
    const count = differences(first, other);
    if (count > 0)
      return {
        valid: `pass ${other.pass} answers ${count} windows otherwise than pass ${first.pass}: the DUT does not repeat itself`,
        invalidity: 'broken',
      };
  }
  const unmeasured = lostIn('meter') ?? lostIn('method');
  if (unmeasured !== undefined) return unmeasured;
  for (const other of others)
    if (other.gate.length !== first.gate.length)
      return {
        valid: `pass ${other.pass} has the energy of ${other.gate.length} windows, pass ${first.pass} of ${first.gate.length}`,
        invalidity: 'method',
      };
  return undefined;
}

/** Mean energy by range over the passes; undefined where one tells no ranges. */
function mergeRanges(records: readonly BlockEnergyRecord[]): BlockEnergyRecord['ranges'] {
  const sums = new Map<number, number>();
  for (const { ranges } of records) {
    if (ranges === undefined) return undefined;
    for (const { range, microjoules } of ranges)
      sums.set(range, (sums.get(range) ?? 0) + microjoules / records.length);
  }
  return [...sums].map(([range, microjoules]) => ({ range, microjoules }));
}

/** Energy outside the markers: the mean over the passes; undefined where one does not tell it. */
function mergeWaking(records: readonly BlockEnergyRecord[]): BlockEnergyRecord['waking'] {
  const all = records.map(({ waking }) => waking).filter(waking => waking !== undefined);
  if (all.length < records.length) return undefined;
  return {
    ...all[0],
    microjoules: mean(all.map(({ microjoules }) => microjoules)),
    sigmaMicrojoules: mean(all.map(({ sigmaMicrojoules }) => sigmaMicrojoules)),
  };
}

function mergeEnergy(passes: readonly BlockData[]): BlockEnergyRecord | undefined {
  const records = passes.map(pass => pass.energy).filter(record => record !== undefined);
  if (records.length < passes.length) return undefined;
  const total = (of: (record: BlockEnergyRecord) => number) => records.map(of).reduce((a, b) => a + b, 0);
  const idles = records.map(record => record.idle).filter(idle => idle !== undefined);
  const uncertainty: UncertaintyTerm[] = mergePassTerms(
    passes.map((pass, i) => ({
      meanMicrojoules: passMicrojoules(pass) ?? 0,
      terms: records[i].uncertainty,
    })),
  );
  return {
    ...records[0],
    idleMicrowatts: mean(records.map(record => record.idleMicrowatts)),
    idle: idles.length < records.length ? undefined : mergeIdle(idles),
    ranges: mergeRanges(records),
    waking: mergeWaking(records),
    uncertainty,
    samples: total(record => record.samples),
    lostSamples: total(record => record.lostSamples),
    unwatchedSamples: total(record => record.unwatchedSamples ?? 0),
    saturatedSamples: total(record => record.saturatedSamples),
    problems: records.flatMap(record => record.problems),
  };
}

/**
 * The passes of one block as one block: answers of the first, which all must repeat; cycles, seconds and energies a window as
 * the mean over the passes; the picture of the first. A block whose passes are not all there or all valid is invalid, and is
 * then the first pass with that reason.
 * @param passes at least one, in order
 * @param expected passes that the campaign measures
 */
export function mergePasses(passes: readonly BlockData[], expected: number): BlockData {
  const [first] = passes;
  if (passes.length === 1 && expected === 1) return first;
  const hostSeconds = passes.reduce((sum, pass) => sum + pass.hostSeconds, 0);
  const fault = faultOf(passes, expected);
  if (fault !== undefined) return { ...first, ...fault, hostSeconds, passes };
  const columns = (of: (pass: BlockData) => number[]) => meanColumn(passes.map(of));
  const gapped = (of: (pass: BlockData) => Column) => meanGapped(passes.map(of));
  return {
    ...first,
    gateCycles: gapped(pass => pass.gateCycles),
    bigCycles: gapped(pass => pass.bigCycles),
    otherCycles: gapped(pass => pass.otherCycles),
    gate: columns(pass => pass.gate),
    big: columns(pass => pass.big),
    other: columns(pass => pass.other),
    gateSeconds: columns(pass => pass.gateSeconds),
    bigSeconds: columns(pass => pass.bigSeconds),
    otherSeconds: columns(pass => pass.otherSeconds),
    seconds: gapped(pass => pass.seconds),
    energy: mergeEnergy(passes),
    hostSeconds,
    passes,
  };
}
