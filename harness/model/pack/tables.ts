import type { PlannedStep } from './step.js';

/** Joins tables, each padded with zeros to a multiple of 4 bytes. */
export function joinTables(...tables: (Int8Array | Int16Array | Int32Array | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(tables.reduce((sum, table) => sum + Math.ceil(table.byteLength / 4) * 4, 0));
  let offset = 0;
  for (const table of tables) {
    bytes.set(new Uint8Array(table.buffer, table.byteOffset, table.byteLength), offset);
    offset += Math.ceil(table.byteLength / 4) * 4;
  }
  return bytes;
}

/**
 * The plain layout. Weighted steps: i32 bias[outC], i32 multiplier[outC], i8 shift[outC] (one of each with `oneScale`), weights
 * (i8, or i16 when wide) in the order of `StepWeights.values`; each table padded to 4 bytes. mean: i32 multiplier, shift.
 * softmax: i32 multiplier, left shift, smallest difference. copy: nothing, or the table of 256 int8. sum: i32 what each of 256 counts of `in` adds,
 * the same of `in2`, multiplier, shift. product: i32 multiplier, shift, zero point of `in2`. resize: i32 input row of each output row, then columns.
 */
export function plainTables({ weights, constants }: PlannedStep): Uint8Array {
  if (weights === undefined) return constants === undefined ? new Uint8Array(0) : joinTables(constants);
  const scales = weights.oneScale ? 1 : weights.bias.length;
  return joinTables(
    weights.bias,
    weights.multipliers.slice(0, scales),
    Int8Array.from(weights.shifts.slice(0, scales)),
    weights.wide ? weights.values : Int8Array.from(weights.values),
  );
}
