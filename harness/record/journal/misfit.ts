/** Where in a record something does not fit the records before it, and what. */
export interface Misfit {
  field: string;
  expected: string;
  received: string;
}

export const misfit = (field: string, expected: string, received: unknown): Misfit => ({
  field,
  expected,
  received: typeof received === 'string' ? received : (JSON.stringify(received) ?? 'nothing'),
});

/** The first column that is not as long as it should be. */
export function unequal(
  columns: Record<string, { length: number } | undefined>,
  wanted: number,
): Misfit | undefined {
  for (const [field, column] of Object.entries(columns))
    if (column !== undefined && column.length !== wanted)
      return misfit(field, `${wanted} entries`, `${column.length}`);
  return undefined;
}

/** The first entry of a column that does not hold. */
export function entry<T>(
  field: string,
  column: readonly T[],
  holds: (value: T, index: number) => boolean,
  expected: string,
): Misfit | undefined {
  const index = column.findIndex((value, i) => !holds(value, i));
  return index < 0 ? undefined : misfit(`${field}[${index}]`, expected, column[index]);
}

/** Calls what makes complaints until one does. */
export function firstOf(...makers: (() => Misfit | undefined)[]): Misfit | undefined {
  for (const make of makers) {
    const found = make();
    if (found !== undefined) return found;
  }
  return undefined;
}
