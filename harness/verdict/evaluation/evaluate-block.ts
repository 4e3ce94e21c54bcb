import type { CampaignRecord, GoldenRecord } from '../../record/journal/records.js';
import { personName } from '../../record/person-name.js';
import type { Block } from '../../record/run-record.js';
import { changeCycles, changeSeconds } from '../../record/stage-time.js';
import type { BlockData } from './block-data.js';
import { activeSeconds, energyFigures } from './energy.js';
import { mlperfFigures, strangerMismatches } from './mlperf-score.js';
import { passMicrojoules } from './passes.js';
import { isGoldenScore, scoresOf } from './scores.js';
import { type PersonSum, peopleInterval95, summarise, wilson95 } from './statistics.js';
import { runsOf, unscored, windowKinds } from './window-kinds.js';

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const add = (a: readonly number[], b: readonly number[], c: readonly number[]): Float64Array =>
  Float64Array.from(a, (v, i) => v + b[i] + c[i]);

function peopleShare95(people: readonly PersonSum[]): Block['accuracyPeopleCI95'] {
  const interval = peopleInterval95(people);
  return interval === null ? null : [Math.max(0, interval.low), Math.min(1, interval.high)];
}

function accuracyOf(campaign: CampaignRecord, block: BlockData) {
  const classes = campaign.labels.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const people = new Map<number, PersonSum>();
  let correct = 0;
  let scored = 0;
  block.labels.forEach((label, w) => {
    const truth = campaign.truth[w];
    if (truth === unscored || truth === undefined) return;
    const hit = label === truth ? 1 : 0;
    const person = people.get(campaign.subjects[w]) ?? { sum: 0, n: 0 };
    person.sum += hit;
    person.n += 1;
    people.set(campaign.subjects[w], person);
    if (label < classes) confusion[truth][label] += 1;
    correct += hit;
    scored += 1;
  });
  return {
    scored,
    correct,
    accuracy: scored === 0 ? 0 : correct / scored,
    accuracyCI95: wilson95(correct, scored),
    accuracyPeopleCI95: peopleShare95([...people.values()]),
    confusion,
    ...(campaign.thirdParty === undefined && people.size > 0 ? { people: byPerson(campaign, people) } : {}),
  };
}

function byPerson(campaign: CampaignRecord, people: ReadonlyMap<number, PersonSum>): Block['people'] {
  return [...people]
    .sort(([a], [b]) => a - b)
    .map(([subject, { sum, n }]) => ({ person: personName(campaign, subject), windows: n, correct: sum }));
}

/** Cycles of each window in each marker state; undefined where some are not known. */
function cycleColumns(block: BlockData): number[][] | undefined {
  const columns = [block.gateCycles, block.bigCycles, block.otherCycles];
  const isKnown = block.labels.length > 0 && columns.every(column => column.every(v => v !== null));
  return isKnown ? (columns as number[][]) : undefined;
}

/**
 * How long each window was active: by the meter where its measurement counts, else by a third party's clock, else by the core's cycles at
 * the level's clock. Undefined where nobody can tell.
 */
export function latencyOf(
  block: BlockData,
): { from: NonNullable<Block['latencyFrom']>; seconds: Float64Array } | undefined {
  const measured = activeSeconds(block);
  if (block.valid === true && measured.length > 0) return { from: 'meter', seconds: measured };
  if (block.seconds.length > 0 && block.seconds.every(value => value !== null))
    return { from: 'dut', seconds: Float64Array.from(block.seconds as number[]) };
  const columns = cycleColumns(block);
  const hertz = block.identity?.level.Hz ?? block.key.level.Hz;
  if (columns === undefined || hertz === 0) return undefined;
  const [gate, big, other] = columns;
  const { stages } = block;
  if (stages === undefined)
    return { from: 'cycles', seconds: add(gate, big, other).map(cycles => cycles / hertz) };
  const inChanges = (2 * changeCycles(stages)) / Math.max(1, stages.changes);
  const bigSeconds = (w: number) =>
    block.path[w] === 'b' ? (big[w] - inChanges) / stages.big.Hz + changeSeconds(stages) : big[w] / hertz;
  return {
    from: 'cycles',
    seconds: Float64Array.from(gate, (v, w) => (v + other[w]) / hertz + bigSeconds(w)),
  };
}

function cyclesOf(block: BlockData): Block['cyclesPerWindow'] {
  const columns = cycleColumns(block);
  if (columns === undefined) return null;
  const [gate, big, other] = columns;
  const { mean, p50, p99 } = summarise(add(gate, big, other));
  return { mean, p50, p99, gate: sumOf(gate) / gate.length, big: sumOf(big) / big.length };
}

function unwatchedOf({ energy }: BlockData): Pick<Block, 'unwatchedShare'> {
  if (energy === undefined || (energy.unwatchedSamples ?? 0) === 0) return {};
  return {
    unwatchedShare: (energy.unwatchedSamples ?? 0) / Math.max(1, energy.samples + energy.lostSamples),
  };
}

function sleepOf({ energy }: BlockData): Block['sleep'] {
  if (energy?.idle === undefined) return undefined;
  const { seconds, stretches, beforeMicrowatts, afterMicrowatts, terms } = energy.idle;
  return { seconds, stretches, beforeMicrowatts, afterMicrowatts, terms };
}

/** What the meter said of itself, and the samples that were kept, pass by pass. */
function instrumentOf(
  block: BlockData,
): Pick<Block, 'meterCelsius' | 'effectiveResolutionAmps' | 'recordings'> {
  const records = (block.passes ?? [block]).flatMap(({ energy }) => (energy === undefined ? [] : [energy]));
  const defined = <T>(values: (T | undefined)[]): T[] => values.filter(value => value !== undefined);
  const celsius = defined(records.map(({ temperatureCelsius }) => temperatureCelsius));
  const resolutions = defined(records.map(({ effectiveResolutionAmps }) => effectiveResolutionAmps));
  const recordings = defined(records.map(({ recording }) => recording));
  return {
    ...(celsius.length > 0 && { meterCelsius: celsius }),
    ...(resolutions.length > 0 && { effectiveResolutionAmps: Math.max(...resolutions) }),
    ...(recordings.length > 0 && { recordings }),
  };
}

function passesOf(passes: readonly BlockData[]): Block['passes'] {
  return passes.map(pass => ({
    pass: pass.pass,
    energyPerWindow_uJ: pass.valid === true ? (passMicrojoules(pass) ?? null) : null,
    valid: pass.valid,
  }));
}

/** Evaluates one block by itself; what needs another block (the saving) is filled in by `evaluate`. */
export function evaluateBlock(
  campaign: CampaignRecord,
  golden: GoldenRecord | undefined,
  block: BlockData,
): Block {
  const windows = block.labels.length;
  const energy = energyFigures(campaign, block);
  const sleep = sleepOf(block);
  const latency = latencyOf(block);
  const all = [...block.labels.keys()];
  const unknown = block.labels.filter(label => label === campaign.labels.length).length;
  const { bigRuns, gateRuns } = runsOf(block, all);
  const kinds = windowKinds(campaign, golden, block);
  const scores = scoresOf(campaign, golden, block);
  const mismatches = block.labels.filter(
    (label, w) =>
      golden?.labels[w] !== label ||
      (golden.big[w] === 1) !== (block.path[w] === 'b') ||
      !isGoldenScore(golden, block, w),
  ).length;
  return {
    ...block.key,
    windows,
    ...accuracyOf(campaign, block),
    bigRuns,
    gateRuns,
    macsPerWindow: golden === undefined || windows === 0 ? 0 : sumOf(golden.macs.slice(0, windows)) / windows,
    goldenMismatches: campaign.thirdParty === undefined ? mismatches : strangerMismatches(block, golden),
    cyclesPerWindow: cyclesOf(block),
    latencyMs: latency === undefined ? null : summarise(latency.seconds.map(s => s * 1e3)),
    ...energy,
    savingVsBigOnly: null,
    uncertainty: block.energy?.uncertainty ?? [],
    ...unwatchedOf(block),
    readBack: block.identity?.level ?? null,
    ...(block.stages === undefined ? {} : { stages: block.stages }),
    ...(campaign.thirdParty === undefined ? {} : { mlperf: mlperfFigures(campaign, block, golden) }),
    valid: block.valid,
    ...(block.invalidity === undefined ? {} : { invalidity: block.invalidity }),
    ...(latency === undefined ? {} : { latencyFrom: latency.from }),
    ...(block.passes === undefined ? {} : { passes: passesOf(block.passes) }),
    ...(sleep === undefined ? {} : { sleep }),
    ...instrumentOf(block),
    ...(kinds === undefined ? {} : { windowKinds: kinds }),
    ...(unknown === 0 ? {} : { unknown }),
    ...(scores === undefined ? {} : { scores }),
  };
}
