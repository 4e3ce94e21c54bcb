import type { CampaignRecord, GoldenRecord } from '../../record/journal-records.js';
import type { Block } from '../../record/run-record.js';
import type { BlockData } from './block-data.js';
import { activeSeconds, energyFigures } from './energy.js';
import { mlperfFigures, strangerMismatches } from './mlperf-score.js';
import { passMicrojoules } from './passes.js';
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
  };
}

function cyclesOf(block: BlockData): Block['cyclesPerWindow'] {
  const columns = [block.gateCycles, block.bigCycles, block.otherCycles];
  if (block.labels.length === 0 || columns.some(column => column.some(v => v === null))) return null;
  const [gate, big, other] = columns as number[][];
  const { mean, p50, p99 } = summarise(add(gate, big, other));
  return { mean, p50, p99, gate: sumOf(gate) / gate.length, big: sumOf(big) / big.length };
}

function sleepOf({ energy }: BlockData): Block['sleep'] {
  if (energy?.idle === undefined) return undefined;
  const { seconds, stretches, beforeMicrowatts, afterMicrowatts, terms } = energy.idle;
  return { seconds, stretches, beforeMicrowatts, afterMicrowatts, terms };
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
  const measured = activeSeconds(block);
  const told = block.seconds.every(value => value !== null) ? block.seconds : [];
  const seconds = measured.length > 0 ? measured : Float64Array.from(told as number[]);
  const all = [...block.labels.keys()];
  const unknown = block.labels.filter(label => label === campaign.labels.length).length;
  const { bigRuns, gateRuns } = runsOf(block, all);
  const kinds = windowKinds(campaign, golden, block);
  const mismatches = block.labels.filter(
    (label, w) => golden?.labels[w] !== label || (golden.big[w] === 1) !== (block.path[w] === 'b'),
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
    latencyMs: seconds.length === 0 ? null : summarise(seconds.map(s => s * 1e3)),
    ...energy,
    savingVsBigOnly: null,
    uncertainty: block.energy?.uncertainty ?? [],
    readBack: block.identity?.level ?? null,
    ...(campaign.thirdParty === undefined ? {} : { mlperf: mlperfFigures(campaign, block, golden) }),
    valid: block.valid,
    ...(block.passes === undefined ? {} : { passes: passesOf(block.passes) }),
    ...(sleep === undefined ? {} : { sleep }),
    ...(kinds === undefined ? {} : { windowKinds: kinds }),
    ...(unknown === 0 ? {} : { unknown }),
  };
}
