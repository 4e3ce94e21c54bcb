import { dirname } from 'node:path';
import { loadBench } from '../../campaign/bench/load.js';
import { prepareBench } from '../../campaign/bench/prepare.js';
import { Campaign } from '../../campaign/campaign.js';
import { Random } from '../../data/random.js';
import { lineFaultKinds } from '../../emulator/faults/schema.js';
import { asLittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { Journal, readJournal } from '../../record/journal/journal.js';
import type { JournalRecord } from '../../record/journal/records.js';
import type { RunRecord } from '../../record/run-record.js';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import { TestBench } from '../bench/test-bench.js';

/** What a fault led to. `missed`: the run counts, and a label or an energy is wrong. */
export type Outcome =
  | 'no effect'
  | 'mended'
  | 'block invalid'
  | 'run ended'
  | 'wrong label'
  | 'wrong energy'
  | 'hang';
export const missed: readonly Outcome[] = ['wrong label', 'wrong energy', 'hang'];

export interface FaultCase {
  kind: string;
  /** What the bench file says beside the usual. */
  changes: { faults?: unknown; meter?: Record<string, unknown> };
}

export interface FaultResult extends FaultCase {
  outcome: Outcome;
  detail: string;
  /** Times that the journal says that a fault on the line was made. */
  strikes: number;
}

const ppk2 = { driver: 'ppk2' };
const knownLoad = { ohms: 330 };
/** One window of the PPK2's loss counter: gaps of whole multiples of it leave no trace in the counter. */
const counterModulus = 64;

/** Last bytes and last sample at which a fault begins: before the end of the bench's one block. */
const lastPlace = { toDut: 14_000, toHost: 2_500, sample: 4_000 };

type Draw = (random: Random) => Record<string, unknown>;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.uniform();
const sign = (random: Random): number => (random.uniform() < 0.5 ? -1 : 1);
const gap = (random: Random, count: number) => ({
  ...ppk2,
  errors: { gaps: [{ at: random.integer(0, lastPlace.sample), count }] },
});

/** Faults of the meter, by kind: what its block of the bench file says. */
const meterFaults: Record<string, Draw> = {
  'meter gap of 1 to 200': random => gap(random, random.integer(1, 200)),
  'meter gap of n x 64': random => gap(random, counterModulus * random.integer(1, 40)),
  'meter loses samples': random => ({
    ...ppk2,
    errors: { loss: 10 ** between(random, -5, -2), seed: random.integer(0, 1e6) },
  }),
  'meter clock': random => ({ ...ppk2, errors: { clock: sign(random) * 10 ** between(random, -3, -1) } }),
  'meter offset, no known load': random => ({
    ...ppk2,
    errors: { offsetAmps: sign(random) * 10 ** between(random, -4, -2.5) },
  }),
  'meter offset, known load': random => ({
    ...ppk2,
    knownLoad,
    errors: { offsetAmps: sign(random) * 10 ** between(random, -3, -2) },
  }),
  'meter gain, no known load': random => ({
    ...ppk2,
    errors: { gain: sign(random) * between(random, 0.05, 0.5) },
  }),
  'meter gain, known load': random => ({
    ...ppk2,
    knownLoad,
    errors: { gain: sign(random) * between(random, 0.05, 0.5) },
  }),
  'meter range stuck': random => ({ ...ppk2, errors: { stuckRange: random.integer(0, 4) } }),
  'meter unplugged': random => ({ ...ppk2, errors: { unplugAt: random.integer(0, lastPlace.sample) } }),
  'markers swapped': () => ({ ...ppk2, pins: [1, 0] }),
};

/** Kinds that nothing on the bench can tell from a healthy meter: without a known load a gain or an offset looks like another board. */
export const undetectable: readonly string[] = ['meter offset, no known load', 'meter gain, no known load'];

export const faultKinds = [...lineFaultKinds, ...Object.keys(meterFaults)];

/** The fault of one seed; kinds take turns. */
export function faultOf(seed: number): FaultCase {
  const kind = faultKinds[seed % faultKinds.length];
  const random = new Random(seed, 0x66617574);
  if (kind in meterFaults) return { kind, changes: { meter: meterFaults[kind](random) } };
  const direction = random.uniform() < 0.5 ? 'to-dut' : 'to-host';
  const faults = {
    seed,
    line: [
      {
        kind,
        direction,
        at: random.integer(0, direction === 'to-dut' ? lastPlace.toDut : lastPlace.toHost),
        bytes: random.integer(1, 200),
        times: random.uniform() < 0.2 ? random.integer(2, 20) : 1,
      },
    ],
  };
  return { kind, changes: { faults, meter: ppk2 } };
}

interface Collected {
  records: JournalRecord[];
  record?: RunRecord;
  error?: string;
}

/** Longest time that one campaign may take, milliseconds of attended time: waits of all kinds end long before. */
const budgetMilliseconds = 600_000;

/** Runs campaigns with faults on a small bench, and compares with one without. */
export class FaultCampaigns {
  private constructor(
    private readonly clean: RunRecord,
    private readonly cleanLabels: string,
  ) {}

  /** Makes the run to compare with. */
  static async make(): Promise<FaultCampaigns> {
    const { records, record, error } = await collect({ meter: ppk2 });
    if (record?.blocks[0]?.valid !== true) throw new Error(error ?? String(record?.blocks[0]?.valid));
    return new FaultCampaigns(record, labelsOf(records));
  }

  async run(fault: FaultCase): Promise<FaultResult> {
    let cancel = () => {};
    const late = new AbortController();
    const hang = new Promise<undefined>(resolve => {
      cancel = afterAttended(() => {
        resolve(undefined);
        /* If it can end, it does not go on beside the next one. */
        late.abort(new Error('without end'));
      }, budgetMilliseconds);
    });
    const collected = await Promise.race([collect(fault.changes, late.signal), hang]);
    cancel();
    if (collected === undefined) return { ...fault, outcome: 'hang', detail: '', strikes: 0 };
    const strikes = collected.records.filter(isStrike).length;
    return { ...fault, ...this.judge(collected), strikes };
  }

  private judge({ records, record, error }: Collected): { outcome: Outcome; detail: string } {
    if (error !== undefined || record === undefined) return { outcome: 'run ended', detail: error ?? '' };
    const [block] = record.blocks;
    const [clean] = this.clean.blocks;
    if (block.valid !== true) return { outcome: 'block invalid', detail: String(block.valid) };
    if (labelsOf(records) !== this.cleanLabels || block.goldenMismatches > 0)
      return { outcome: 'wrong label', detail: `${block.goldenMismatches} mismatches` };
    const energy = block.energyPerWindow_uJ;
    const expected = clean.energyPerWindow_uJ;
    if (energy === null || expected === null) return { outcome: 'wrong energy', detail: 'none' };
    const off = Math.abs(energy.value - expected.value);
    if (!(off <= Math.hypot(energy.u95, expected.u95)))
      return {
        outcome: 'wrong energy',
        detail: `${energy.value} ± ${energy.u95} µJ for ${expected.value} µJ`,
      };
    const mended = records.some(record => record.kind === 'fault' && !isStrike(record));
    return { outcome: mended ? 'mended' : 'no effect', detail: '' };
  }
}

/** Whether a record tells of a fault that the bench made. */
const isStrike = (record: JournalRecord): boolean =>
  record.kind === 'fault' && record.message.startsWith('The bench makes a fault');

/** Labels after the last start of each block. */
function labelsOf(records: readonly JournalRecord[]): string {
  const labels: string[] = [];
  for (const record of records) {
    if (record.kind === 'block-start') labels[record.block] = '';
    if (record.kind === 'windows') labels[record.block] += record.labels.join('');
  }
  return labels.join('|');
}

async function collect(changes: FaultCase['changes'], signal?: AbortSignal): Promise<Collected> {
  const bench = await TestBench.make({
    strategies: ['1BDD'],
    levels: ['24MHz'],
    /* Enough that edge timing stays well below its limit. */
    data: { set: 'synthetic', windows: 100, seed: 3 },
    ...changes,
  });
  try {
    const prepared = await prepareBench(await loadBench(bench.benchFile));
    const journal = Journal.create(await bench.runFolder());
    const error = await new Campaign(prepared, {
      id: 'faults',
      journal,
      signal,
      machines: 1,
      /* Waits in which the board stands still pass on the host's clock, and a stream waits several times. */
      budgets: { stream: 600, 'stream-end': 250, sync: 1_500 },
      recovery: { identify: 3_000 },
    })
      .run()
      .then(
        () => undefined,
        (reason: unknown) =>
          `${asLittlefirstError(reason).code}: ${asLittlefirstError(reason).message.split('\n')[0]}`,
      );
    journal.close();
    const records = await readJournal(dirname(journal.path));
    const isBegun = records[0]?.kind === 'campaign';
    return { records, error, record: isBegun ? evaluate(records) : undefined };
  } finally {
    await bench.remove();
  }
}
