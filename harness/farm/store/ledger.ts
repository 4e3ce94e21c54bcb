import { positiveInterval } from '../../record/interval.js';
import type { Block, RunRecord } from '../../record/run-record.js';
import type { Transaction } from './database.js';

/** A file of a run, by its content. */
export interface RunFile {
  name: string;
  sha256: string;
}

/** Where a run belongs. Imported runs have neither job nor lease. */
export interface RunOrigin {
  bench: string;
  job?: string;
  attempt?: string;
  fence?: number;
}

function meterOf({ provenance: { meter } }: RunRecord): string {
  return meter.serial === undefined ? meter.model : `${meter.model} ${meter.serial}`;
}

function datasetOf({ provenance: { dataset } }: RunRecord): string {
  return `${dataset.name} ${dataset.split} ${dataset.order} ${dataset.windows}`;
}

/** The series of a block: another bench, board, chip, meter, level, strategy, bundle, data set or kind of energy is another one. */
async function seriesOf(
  { query }: Transaction,
  bench: string,
  record: RunRecord,
  block: Block,
): Promise<string> {
  const key = [
    ...[bench, block.board, block.chip, meterOf(record), block.level.name],
    ...[block.strategy, block.bundle, record.provenance.energy, datasetOf(record)],
  ];
  const columns = 'bench, board, chip, meter, level, strategy, bundle, energy, dataset';
  /* The update that changes nothing is what makes an old row come back. */
  const [{ id }] = await query<{ id: string }>(
    `insert into farm.series (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (${columns}) do update set bench = excluded.bench returning id`,
    key,
  );
  return id;
}

async function insertBlock(
  transaction: Transaction,
  {
    record,
    bench,
    block,
    ordinal,
    at,
  }: { record: RunRecord; bench: string; block: Block; ordinal: number; at: Date },
): Promise<void> {
  const energy = block.energyPerWindow_uJ;
  const interval = energy ? positiveInterval(energy) : null;
  const hasAccuracy = block.scored > 0;
  await transaction.query(
    `insert into farm.blocks (run, ordinal, series, at, windows, accuracy, accuracy_low, accuracy_high, cycles_per_window,
       energy_uj, energy_low_uj, energy_high_uj, energy_u95_meter_uj, is_valid, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[record.id, ordinal, await seriesOf(transaction, bench, record, block), at],
      block.windows,
      ...(hasAccuracy ? [block.accuracy, ...block.accuracyCI95] : [null, null, null]),
      block.cyclesPerWindow?.mean ?? null,
      ...[energy?.value ?? null, interval?.low ?? null, interval?.high ?? null, energy?.u95Meter ?? null],
      block.valid === true,
      block.valid === true ? null : block.valid,
    ],
  );
}

/**
 * A time that a bench's clock gave, within the lease $4 of its run: a bench whose clock is wrong must not hide its other nights. The record keeps what the bench
 * said. Runs without a lease are of elsewhere, and not of the future.
 */
const within = (time: string): string =>
  `greatest((select l.granted_at from farm.leases l where l.fence = $4),
     least(${time}::timestamptz, coalesce((select coalesce(l.released_at, l.expires_at) from farm.leases l where l.fence = $4), farm.now())))`;

/** Writes a run with its blocks, verdicts and files. The artefacts must be there. @returns false where the run is there already */
export async function insertRun(
  transaction: Transaction,
  record: RunRecord,
  files: readonly RunFile[],
  { bench, job, attempt, fence }: RunOrigin,
): Promise<boolean> {
  const { query } = transaction;
  const { provenance } = record;
  const made = await query<{ started_at: Date }>(
    `insert into farm.runs (id, job, attempt, fence, bench, started_at, finished_at, received_at, outcome, energy, commit, firmware_sha256, record)
     values ($1, $2, $3, $4, $5, ${within('$6')}, ${within('$7')}, farm.now(), $8, $9, $10, $11, $12)
     on conflict (id) do nothing returning started_at`,
    [
      ...[record.id, job ?? null, attempt ?? null, fence ?? null, bench, record.startedAt, record.finishedAt],
      ...[record.outcome, provenance.energy, provenance.harness.commit, provenance.firmware.sha256],
      JSON.stringify(record),
    ],
  );
  if (made.length === 0) return false;
  for (const [ordinal, block] of record.blocks.entries())
    await insertBlock(transaction, { record, bench, block, ordinal, at: made[0].started_at });
  for (const [ordinal, verdict] of record.verdicts.entries())
    await query(`insert into farm.verdicts values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
      ...[record.id, ordinal, verdict.target, verdict.block, verdict.limit, verdict.value, verdict.u95],
      ...[verdict.unit, verdict.verdict, verdict.reason],
    ]);
  for (const { name, sha256 } of files)
    await query('insert into farm.run_files (run, name, sha256) values ($1, $2, $3)', [
      record.id,
      name,
      sha256,
    ]);
  return true;
}
