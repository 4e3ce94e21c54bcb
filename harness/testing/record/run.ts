import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../data/random.js';
import { JournalChain } from '../../record/journal/chain.js';
import { jsonLine } from '../../record/journal/journal.js';
import type { BlockKey, CampaignRecord, JournalRecord, TraceRecord } from '../../record/journal/records.js';
import type { Target } from '../../record/targets.js';

/** Journals of campaigns that never were, for the tests of reports and suite: made by rule, nothing measured. */

const t = '2026-01-01T00:00:00.000Z';
const hash = (letter: string): string => letter.repeat(64);
const microjoulesPerCycle = 2e-4;

export interface TestRunOptions {
  windows?: number;
  chips?: string[];
  levels?: { name: string; mV: number; Hz: number }[];
  bundles?: string[];
  strategies?: string[];
  targets?: Target[];
  energy?: CampaignRecord['provenance']['energy'];
  dataset?: Partial<CampaignRecord['provenance']['dataset']>;
  /** Leaves the last record out, as a crash would. */
  isTorn?: boolean;
}

export const testLevels = [
  { name: '24MHz', mV: 850, Hz: 24e6 },
  { name: '48MHz', mV: 950, Hz: 48e6 },
  { name: '133MHz', mV: 1100, Hz: 133e6 },
];
const labels = ['walking', 'upstairs', 'downstairs', 'sitting', 'standing', 'laying'];

function planOf({ bundles, chips, levels, strategies }: Required<TestRunOptions>): BlockKey[] {
  return bundles.flatMap(bundle =>
    chips.flatMap(chip =>
      levels.flatMap(level =>
        strategies.map(strategy => ({ board: 'rp2040', chip, level, bundle, strategy })),
      ),
    ),
  );
}

function campaignOf(options: Required<TestRunOptions>, truth: number[]): CampaignRecord {
  return {
    kind: 'campaign',
    schema: 'littlefirst.journal/2',
    id: 'test-run',
    t,
    bench: {},
    targets: options.targets,
    provenance: {
      energy: options.energy,
      harness: { version: '0.1.0', commit: hash('c').slice(0, 40), dirty: true },
      firmware: [{ sha256: hash('f'), board: 'rp2040', compiler: 'gcc 12' }],
      models: options.bundles.map(bundle => ({
        bundle,
        name: 'big',
        sha256: hash('a'),
        macs: 161_856,
        bytes: 9_246,
      })),
      dataset: {
        name: 'uci-har',
        split: 'test',
        order: 'published',
        windows: options.windows,
        sha256: hash('d'),
        ...options.dataset,
      },
      meter: { driver: 'direct', model: 'modelled supply', emulated: true },
      chip: options.chips.map(name => ({ name, sha256: hash('e') })),
      host: { platform: 'linux', node: 'v20', cpu: '2 x test' },
    },
    labels,
    truth,
    subjects: truth.map((_, w) => Math.floor((w * 9) / truth.length) + 1),
    resets: [0],
    plan: planOf(options),
    periodSeconds: 1.28,
    batteries: [{ name: 'CR2032', joules: 2430, source: 'a test' }],
  };
}

/** How often a strategy of the test runs Big, and what its gate costs in cycles. */
const shapeOf = (strategy: string) =>
  strategy === 'big-only' ? { bigShare: 1, gateCycles: 0 } : { bigShare: 0.14, gateCycles: 90_000 };

function answersOf(strategy: string, truth: number[]) {
  const random = new Random(7);
  const { bigShare, gateCycles } = shapeOf(strategy);
  const big = truth.map((_, w) => (w === 0 || random.uniform() < bigShare ? 1 : 0));
  const answers = truth.map(label => (random.uniform() < 0.07 ? (label + 1) % labels.length : label));
  return { big, answers, gateCycles };
}

function traceOf(block: number, megahertz: number): TraceRecord {
  const trace: TraceRecord = { kind: 'trace', t, block, seconds: [], amperes: [], marker: [], volts: 3.3 };
  const spans: [number, number, number][] = [
    [0.3, 0.0002, 0],
    [0.2, 0.004, 3],
    [1, 0.004, 1],
    [9, 0.0045, 2],
    [0.3, 0.0002, 0],
    [0.2, 0.004, 3],
    [1, 0.004, 1],
    [0.3, 0.0002, 0],
  ];
  let time = 0;
  for (const [length, amperes, marker] of spans) {
    const seconds = (length * 0.1) / megahertz;
    for (const at of [time, time + seconds * 0.999]) {
      trace.seconds.push(at);
      trace.amperes.push((amperes * megahertz) / 24);
      trace.marker.push(marker);
    }
    time += seconds;
  }
  return trace;
}

function blockRecords(block: number, key: BlockKey, truth: number[]): JournalRecord[] {
  const { big, answers, gateCycles } = answersOf(key.strategy, truth);
  const bigCycles = big.map(b => b * 1_200_000);
  const other = truth.map(() => 4_000);
  const gate = truth.map(() => gateCycles);
  const perCycle = microjoulesPerCycle * (key.level.mV / 1000) ** 2;
  const energy = (cycles: number[]) => cycles.map(c => c * perCycle);
  const seconds = (cycles: number[]) => cycles.map(c => c / key.level.Hz);
  const common = { t, block };
  return [
    { kind: 'block-start', ...common, attempt: 1, key },
    {
      kind: 'identity',
      ...common,
      nonce: (block + 16).toString(16),
      image: hash('f').slice(0, 16),
      blob: hash('b').slice(0, 16),
      bundle: key.bundle,
      flashed: { image: hash('f'), blob: hash('b') },
      level: { mV: key.level.mV, Hz: key.level.Hz, registers: '0:1' },
    },
    {
      kind: 'windows',
      ...common,
      from: 0,
      labels: answers,
      path: big.map(b => (b === 1 ? 'b' : 'g')).join(''),
      nets: big.map(b => 2 + b),
      gateCycles: gate,
      bigCycles,
      otherCycles: other,
    },
    {
      kind: 'energy',
      ...common,
      from: 0,
      gateMicrojoules: energy(gate),
      bigMicrojoules: energy(bigCycles),
      otherMicrojoules: energy(other),
      gateSeconds: seconds(gate),
      bigSeconds: seconds(bigCycles),
      otherSeconds: seconds(other),
    },
    {
      kind: 'block-energy',
      ...common,
      idleMicrowatts: 20 + key.level.Hz / 4e6,
      uncertainty: [
        { term: 'gain', microjoules: 0.4, kind: 'B', source: 'modelled supply' },
        { term: 'repeatability', microjoules: 0.05, kind: 'A', source: 'spread of the windows' },
      ],
      samples: 100_000,
      lostSamples: 0,
      saturatedSamples: 0,
      problems: [],
    },
    traceOf(block, key.level.Hz / 1e6),
    { kind: 'block-end', ...common, valid: true },
  ];
}

/** Records of a whole campaign. */
export function testJournal(options: TestRunOptions = {}): JournalRecord[] {
  const wanted: Required<TestRunOptions> = {
    windows: 120,
    chips: ['rp2040'],
    levels: testLevels,
    bundles: ['paper'],
    strategies: ['big-only', '1B6S'],
    targets: [],
    energy: 'modelled',
    dataset: {},
    isTorn: false,
    ...options,
  };
  const truth = Array.from({ length: wanted.windows }, (_, w) => Math.floor(w / 10) % labels.length);
  const records: JournalRecord[] = [campaignOf(wanted, truth)];
  let block = 0;
  for (const bundle of wanted.bundles) {
    for (const strategy of wanted.strategies) {
      const { big, answers } = answersOf(strategy, truth);
      const macs = big.map(b => (strategy === 'big-only' ? 161_856 : 8_512 + b * 161_856));
      records.push({
        kind: 'golden',
        t,
        bundle,
        strategy,
        labels: answers,
        nets: big.map(b => 2 + b),
        macs,
        big,
      });
    }
    for (const chip of wanted.chips) {
      for (const level of wanted.levels) {
        for (const strategy of wanted.strategies) {
          records.push(...blockRecords(block, { board: 'rp2040', chip, level, bundle, strategy }, truth));
          block += 1;
        }
      }
    }
  }
  if (!wanted.isTorn) records.push({ kind: 'finish', t: '2026-01-01T00:05:00.000Z', outcome: 'complete' });
  return records;
}

/** The record of a kind that comes first, to be changed by a test. */
export function firstOf<K extends JournalRecord['kind']>(
  records: readonly JournalRecord[],
  kind: K,
): Extract<JournalRecord, { kind: K }> {
  const found = records.find(record => record.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} record`);
  return found as Extract<JournalRecord, { kind: K }>;
}

/** The text of a journal with these records, its running hash right, as a writer of good faith or a clever forger makes it. */
export function journalText(records: readonly JournalRecord[]): string {
  const chain = new JournalChain();
  return records
    .map(record => {
      const { sha256: _, ...rest } = record as JournalRecord & { sha256?: string };
      const line = chain.next(record.kind, jsonLine(rest));
      chain.push(line);
      return line;
    })
    .join('');
}

/** Writes records as the journal of a run folder in the system's temporary folder; answers the folder. */
export async function writeTestRun(records: readonly JournalRecord[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-report-'));
  await writeFile(join(folder, 'journal.ndjson'), journalText(records));
  return folder;
}
