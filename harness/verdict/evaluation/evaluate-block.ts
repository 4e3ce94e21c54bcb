import { combineTerms } from '../../measure/uncertainty.js';
import type { CampaignRecord, GoldenRecord } from '../../record/journal-records.js';
import type { Block } from '../../record/run-record.js';
import type { BlockData } from './block-data.js';
import { mlperfFigures, strangerMismatches } from './mlperf-score.js';
import { passMicrojoules } from './passes.js';
import { bootstrapPeople95, summarise, wilson95 } from './statistics.js';
import { runsOf, unscored, windowKinds } from './window-kinds.js';

const secondsPerDay = 86400;

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const add = (a: readonly number[], b: readonly number[], c: readonly number[]): Float64Array =>
  Float64Array.from(a, (v, i) => v + b[i] + c[i]);

/** Active seconds of each window (meter time); empty without energy. */
export function activeSeconds(block: BlockData): Float64Array {
  return add(block.gateSeconds, block.bigSeconds, block.otherSeconds);
}

/** Active energy of each window, microjoules; empty without energy. */
export function activeMicrojoules(block: BlockData): Float64Array {
  return add(block.gate, block.big, block.other);
}

function accuracyOf(campaign: CampaignRecord, block: BlockData) {
  const classes = campaign.labels.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const people = new Map<number, { correct: number; n: number }>();
  let correct = 0;
  let scored = 0;
  block.labels.forEach((label, w) => {
    const truth = campaign.truth[w];
    if (truth === unscored || truth === undefined) return;
    const hit = label === truth ? 1 : 0;
    const person = people.get(campaign.subjects[w]) ?? { correct: 0, n: 0 };
    person.correct += hit;
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
    accuracyPeopleCI95: bootstrapPeople95([...people.values()]),
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

function energyOf(block: BlockData, periodSeconds: number): Block['energyPerWindow_uJ'] {
  const n = block.gate.length;
  if (block.energy === undefined || n === 0 || block.valid !== true) return null;
  const [gate, big, other] = [block.gate, block.big, block.other].map(column => sumOf(column) / n);
  const sleepSeconds = Math.max(0, periodSeconds - summarise(activeSeconds(block)).mean);
  return {
    value: gate + big + other,
    u95: combineTerms(block.energy.uncertainty, n).u95,
    gate,
    big,
    other,
    idle: block.energy.idleMicrowatts * sleepSeconds,
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
  const energy = energyOf(block, campaign.periodSeconds);
  const measured = activeSeconds(block);
  const told = block.seconds.every(value => value !== null) ? block.seconds : [];
  const seconds = measured.length > 0 ? measured : Float64Array.from(told as number[]);
  const averagePower =
    energy === null || campaign.periodSeconds === 0
      ? null
      : (energy.value + energy.idle) / campaign.periodSeconds;
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
    energyPerWindow_uJ: energy,
    savingVsBigOnly: null,
    averagePower_uW: averagePower,
    batteryDays:
      averagePower === null || campaign.batteries === undefined
        ? null
        : Object.fromEntries(
            campaign.batteries.map(b => [b.name, b.joules / (averagePower * 1e-6) / secondsPerDay]),
          ),
    uncertainty: block.energy?.uncertainty ?? [],
    readBack: block.identity?.level ?? null,
    ...(campaign.thirdParty === undefined ? {} : { mlperf: mlperfFigures(campaign, block, golden) }),
    valid: block.valid,
    ...(block.passes === undefined ? {} : { passes: passesOf(block.passes) }),
    ...(kinds === undefined ? {} : { windowKinds: kinds }),
    ...(unknown === 0 ? {} : { unknown }),
  };
}
