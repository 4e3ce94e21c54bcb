import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { LittlefirstError } from '../../errors.js';
import { askFarm, type FarmAccess } from './farm.js';

/** Every run of a farm's ledger as a line of JSON: `littlefirst.ledger/1`. */
export async function* exportLedger(access: FarmAccess, signal?: AbortSignal): AsyncGenerator<string> {
  for (let after: string | null = ''; after !== null; ) {
    const page: { lines: unknown[]; next: string | null } = await askFarm(
      access,
      'GET',
      `ledger?after=${encodeURIComponent(after)}`,
      undefined,
      signal,
    );
    for (const line of page.lines) yield JSON.stringify(line);
    after = page.next;
  }
}

const columns = [
  ...['at', 'run', 'commit', 'firmware_sha256', 'energy_uj', 'energy_low_uj', 'energy_high_uj'],
  ...['cycles_per_window', 'accuracy', 'is_valid'],
] as const;

/**
 * The newest nights of a series as comma separated values with a header, oldest first: what Apache Otava's CSV importer reads (`time_column: at`, the
 * numbers as metrics, `commit` and `run` as attributes). Only valid ones, since such a program knows no others.
 * @param series its number, as `GET /series` tells
 */
export async function seriesCsv(access: FarmAccess, series: number): Promise<string> {
  const { points } = await askFarm<{ points: Record<(typeof columns)[number], unknown>[] }>(
    access,
    'GET',
    `series/${series}?limit=1000`,
  );
  return stringify(
    points.filter(point => point.is_valid === true),
    { header: true, columns: [...columns], cast: { boolean: String } },
  ).trimEnd();
}

/** What one request takes: the farm limits both, and requests a minute. */
const mostLines = 50;
const mostBytes = 8 * 2 ** 20;

export interface Imported {
  /** Runs that were not there before, and those that were. */
  added: number;
  known: number;
  /** Hashes of files whose content the farm does not have. */
  missing: string[];
}

/** The lines of a file; one whose name ends in `.json` is one line. @throws LF_USAGE where it cannot be read */
async function* linesOf(file: string, input: Readable): AsyncGenerator<string> {
  try {
    if (file.endsWith('.json')) yield JSON.stringify(JSON.parse(await readFile(file, 'utf8')));
    else {
      const source = file === '-' ? input : (await open(file)).createReadStream();
      yield* createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY });
    }
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `${file} cannot be read`, {
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

/** A line as the farm takes it; a run's own record stands for a run of `bench`. @throws LF_USAGE naming the line */
function lineOf(text: string, number: number, bench: string | undefined): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { schema = '' } = (value ?? {}) as { schema?: unknown };
  if (schema === 'littlefirst.ledger/1') return value as object;
  if (String(schema).startsWith('littlefirst.run/') && bench !== undefined)
    return { schema: 'littlefirst.ledger/1', bench, record: value, files: [] };
  throw new LittlefirstError('LF_USAGE', `Line ${number} is no run`, {
    expected: 'a line of `farm export`, or the run.json of a run and --bench NAME',
    received: text.slice(0, 60),
    fields: { line: number },
  });
}

/**
 * Puts runs into a farm's ledger, each once.
 * @param file lines of JSON, or a `run.json`; `-`: `input`
 * @throws LF_USAGE naming the line that is no run; what the farm says of one that it does not take. Those before it are there then, and may be sent again
 */
export async function importLedger(
  access: FarmAccess,
  { file, input, bench, signal }: { file: string; input: Readable; bench?: string; signal?: AbortSignal },
): Promise<Imported> {
  const imported: Imported = { added: 0, known: 0, missing: [] };
  let batch: object[] = [];
  let bytes = 0;
  const send = async () => {
    if (batch.length === 0) return;
    const said = await askFarm<Imported>(access, 'POST', 'ledger', { lines: batch }, signal);
    imported.added += said.added;
    imported.known += said.known;
    imported.missing.push(...said.missing);
    batch = [];
    bytes = 0;
  };
  let number = 0;
  for await (const text of linesOf(file, input)) {
    number += 1;
    if (text.trim() === '') continue;
    if (batch.length === mostLines || bytes + text.length > mostBytes) await send();
    batch.push(lineOf(text, number, bench));
    bytes += text.length;
  }
  await send();
  return { ...imported, missing: [...new Set(imported.missing)] };
}
