import { z } from 'zod';
import type { JournalRecord } from './records.js';
import { hostFields, journalSchemas } from './schema.js';

/** A value without the fields that its schema marks as the host's. */
function withoutHost(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional)
    return value === undefined ? undefined : withoutHost(schema.unwrap(), value);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return schema.element instanceof z.ZodObject
      ? value.map(item => withoutHost(schema.element, item))
      : value;
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  const shape: Record<string, z.core.$ZodType> = schema.shape;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => shape[name] === undefined || !hostFields.has(shape[name]))
      .map(([name, field]) => [name, shape[name] === undefined ? field : withoutHost(shape[name], field)]),
  );
}

const kindOrder: readonly JournalRecord['kind'][] = [
  'campaign',
  'golden',
  'known-load',
  'fault',
  'block-start',
  'finish',
];

/** Where a record stands: of a block, with all its records; else by its kind. */
function place(record: JournalRecord, pass: number): (string | number)[] {
  if (record.kind === 'golden') return [kindOrder.indexOf('golden'), record.bundle, record.strategy];
  if ('block' in record && record.block !== undefined)
    return [kindOrder.indexOf('block-start'), record.block, pass];
  return [kindOrder.indexOf(record.kind)];
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [i, value] of a.entries())
    if (value !== b[i]) return b[i] === undefined || value > b[i] ? 1 : -1;
  return a.length - b.length;
}

/**
 * What a journal says apart from the host and the hour: without the fields that `schema.ts` marks (`hostFields`: times, running hash, run and nonces, the
 * host's name), and ordered as if one block had been measured after another. Two runs of one bench with one seed on emulated boards give
 * equal ones, whatever else the hosts did.
 */
export function canonicalJournal(records: readonly JournalRecord[]): object[] {
  const passes = new Map<number, number>();
  const placed = records.map(record => {
    if (record.kind === 'block-start') passes.set(record.block, record.pass ?? 1);
    const pass = 'block' in record && record.block !== undefined ? (passes.get(record.block) ?? 1) : 1;
    return { at: place(record, pass), record };
  });
  return placed
    .sort((a, b) => compare(a.at, b.at))
    .map(({ record }) => withoutHost(journalSchemas[record.kind], record) as object);
}
