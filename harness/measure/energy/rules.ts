import { ruleLimits } from '../limits.js';
import { unwatchedShare } from './budget.js';
import type { BlockFacts } from './collector.js';
import { partSigma, type SettledStretch, settledMean } from './idle-profile.js';

export type RuleName =
  | 'windows'
  | 'edges'
  | 'marker-delay'
  | 'markers'
  | 'drops'
  | 'clock'
  | 'host-clock'
  | 'saturation'
  | 'overcurrent'
  | 'not-a-number'
  | 'idle'
  | 'settled'
  | 'charge'
  | 'plausible'
  | 'range-switching'
  | 'voltage'
  | 'uart'
  | 'meter-problem';

export interface Violation {
  rule: RuleName;
  message: string;
}

export interface BlockCheck {
  facts: BlockFacts;
  /** Clock that the DUT read back, hertz. */
  hertz: number;
  /** Cycles of all windows (gate + Big + other) as the DUT or machine counted them; undefined where nothing counts. */
  dutCycles?: number;
  /** Windows in which Big ran, as the DUT answered. */
  dutBigWindows?: number;
  /** Host's monotonic time from the meter's start to its stop; only for instruments that run in real time. */
  hostSeconds?: number;
  /** Times that the host sent frames again when the DUT may have been computing. */
  unquiet?: number;
  /** A block of fewer windows than `minimumWindows` was asked for on purpose (a demonstration): skips that rule only. */
  allowFewWindows?: boolean;
}

const percent = (share: number) => `${(share * 100).toPrecision(3)} %`;

/**
 * Checks a block against the rules.
 * @returns the broken rules; an empty list means that the block's energy may be used
 */
export function checkBlock(input: BlockCheck): Violation[] {
  const { facts } = input;
  const list: Violation[] = [];
  const add = (rule: RuleName, message: string) => list.push({ rule, message });
  const { status, windows } = facts;

  if (windows < ruleLimits.minimumWindows && !input.allowFewWindows) {
    add('windows', `${windows} windows; at least ${ruleLimits.minimumWindows} are needed`);
  }
  if (!Number.isFinite(facts.meanJoules) || facts.meanJoules <= 0 || !Number.isFinite(facts.combined.u)) {
    add(
      'not-a-number',
      `the mean energy of a window is ${facts.meanJoules} J with u = ${facts.combined.u} J`,
    );
  }
  checkMarkerDelay(input, add);
  const edgeShare = (2 * facts.edgeJoulesSigma) / facts.meanJoules;
  if (edgeShare > ruleLimits.largestEdgeShare) {
    add(
      'edges',
      `edge timing explains ${percent(edgeShare)} of the mean energy (limit ${percent(ruleLimits.largestEdgeShare)}): take more or longer windows, or a faster meter`,
    );
  }
  if (input.dutBigWindows !== undefined && input.dutBigWindows !== facts.bigWindows) {
    add(
      'markers',
      `the marker lines show Big in ${facts.bigWindows} windows, the DUT ran it in ${input.dutBigWindows}: check that the two wires are not swapped`,
    );
  }
  checkLosses(input, add);
  if (status.saturatedSamples > 0)
    add('saturation', `${status.saturatedSamples} samples at the end of the range`);
  const { idleNothingShare = 0 } = facts;
  if (idleNothingShare > ruleLimits.nothingShare && idleNothingShare < 1)
    add(
      'saturation',
      `${percent(idleNothingShare)} of the samples asleep read exactly nothing: the instrument shows no current below 0, so that the mean of what is left is too high`,
    );
  if (status.overcurrent) add('overcurrent', 'the meter reported an overcurrent');
  checkIdle(input, add);
  checkCharge(input, add);
  checkPlausible(facts, add);
  checkClocks(input, add);
  const switches = facts.totalSeconds === 0 ? 0 : status.rangeSwitches / facts.totalSeconds;
  if (switches > ruleLimits.rangeSwitchesPerSecond) {
    add(
      'range-switching',
      `${switches.toFixed(0)} range switches a second (limit ${ruleLimits.rangeSwitchesPerSecond})`,
    );
  }
  const { configuredMillivolts, measuredMillivolts } = facts;
  if (configuredMillivolts !== undefined && measuredMillivolts !== undefined) {
    const share = Math.abs(measuredMillivolts / configuredMillivolts - 1);
    if (!(share <= ruleLimits.voltageShare)) {
      add(
        'voltage',
        `while windows ran the supply was ${measuredMillivolts.toFixed(0)} mV instead of ${configuredMillivolts} mV: a wrong setting, or long and thin wires`,
      );
    }
  }
  if (input.unquiet !== undefined && input.unquiet > 0)
    add(
      'uart',
      `frames went out again ${input.unquiet} time(s) when the DUT may have been computing: bytes may have moved inside windows`,
    );
  for (const problem of status.problems) add('meter-problem', problem);
  return list;
}

type Add = (rule: RuleName, message: string) => void;

/**
 * A count of lost samples is a fact only where something watched. Of the others a loss is unknown, which is not none: it must show elsewhere, as windows that are
 * too short by the DUT's cycles (rule `clock`) or a block too short by the host's clock (rule `host-clock`). Where neither watches, nobody can say.
 */
function checkLosses({ facts, dutCycles, hostSeconds }: BlockCheck, add: Add): void {
  const { status } = facts;
  const unknown = unwatchedShare(status);
  if (unknown > ruleLimits.dropShare && dutCycles === undefined && hostSeconds === undefined) {
    add(
      'drops',
      `whether samples were lost is unknown for ${percent(unknown)} of them (limit ${percent(ruleLimits.dropShare)}), and neither the DUT's cycles nor the host's clock bound it: let the block last longer, or take a meter that counts its samples`,
    );
  }
  const lost = status.lostSamples / Math.max(1, status.samples + status.lostSamples);
  const bridged = facts.totalSeconds === 0 ? 0 : facts.bridgedSeconds / facts.totalSeconds;
  const worst = Math.max(lost, bridged);
  if (worst > ruleLimits.dropShare) {
    add(
      'drops',
      `${percent(worst)} of the samples were lost or bad (limit ${percent(ruleLimits.dropShare)})`,
    );
  }
}

const seconds = (stretches: BlockFacts['before']) =>
  stretches.reduce((sum, stretch) => sum + stretch.seconds, 0);

function checkIdle({ facts }: BlockCheck, add: Add): void {
  const { baselineSeconds = 0 } = facts;
  const least = Math.max(ruleLimits.idleSeconds, ruleLimits.settledShare * baselineSeconds);
  for (const [stretches, where] of [
    [facts.before, 'before the first'],
    [facts.after, 'after the last'],
  ] as const) {
    const settled = seconds(stretches);
    if (settled < least)
      add(
        'idle',
        settled === 0
          ? `no settled idle baseline ${where} window`
          : `${settled.toPrecision(3)} s of settled idle ${where} window, wanted ${least.toPrecision(3)} s`,
      );
    for (const stretch of stretches) checkSettled(stretch, add);
  }
  const [before, after] = [settledMean(facts.before), settledMean(facts.after)];
  if (before === undefined || after === undefined) return;
  const change = Math.abs(after.watts - before.watts);
  const noise = ruleLimits.noiseSigmas * Math.hypot(before.sigma, after.sigma);
  if (change > ruleLimits.idleChange * Math.abs(before.watts) + ruleLimits.idleFloorWatts + noise) {
    add(
      'idle',
      `sleep power went from ${(before.watts * 1e6).toFixed(1)} to ${(after.watts * 1e6).toFixed(1)} uW during the block`,
    );
  }
}

/** A current that still moves at the end of a long idle is not the sleep current yet. */
function checkSettled({ groups, watts }: SettledStretch, add: Add): void {
  const quarter = Math.floor(groups.length / 4);
  if (quarter < 2) return;
  const part = (from: number): SettledStretch => {
    const cut = groups.slice(from, from + quarter);
    return {
      groups: cut,
      watts: cut.reduce((a, b) => a + b, 0) / quarter,
      seconds: 1,
      headJoules: 0,
      tailJoules: 0,
      headSeconds: 0,
      tailSeconds: 0,
    };
  };
  const first = settledMean([part(0)]);
  const last = settledMean([part(groups.length - quarter)]);
  if (first === undefined || last === undefined) return;
  const noise = ruleLimits.noiseSigmas * Math.hypot(first.sigma, last.sigma);
  const limit = ruleLimits.settledChange * Math.abs(watts) + ruleLimits.settledFloorWatts + noise;
  if (Math.abs(first.watts - last.watts) > limit)
    add(
      'settled',
      `the current had not settled in a long idle: ${(first.watts * 1e6).toPrecision(3)} uW at its beginning, ${(last.watts * 1e6).toPrecision(3)} uW at its end`,
    );
}

/**
 * What a window draws is over when its marker falls, and begins when it rises, but for the few cycles that the core needs to wake
 * and to sleep. Charge that comes later or earlier was moved in time: by a capacitor in the supply, by an instrument that lags, or by
 * marker lines that lead or lag the current. The window's energy then is not what lies between its markers.
 */
function checkCharge({ facts, hertz }: BlockCheck, add: Add): void {
  const watts = facts.meanJoules / facts.meanSeconds;
  for (const stretch of [...facts.before, ...facts.after]) {
    const mean = settledMean([stretch]);
    if (mean === undefined) continue;
    for (const [excess, duration, window, cycles, joules, where] of [
      [
        stretch.headJoules,
        stretch.headSeconds,
        stretch.windowBefore,
        ruleLimits.fallingAsleepCycles,
        0,
        'after its marker fell',
      ],
      [
        stretch.tailJoules,
        stretch.tailSeconds,
        stretch.windowAfter,
        ruleLimits.wakingCycles,
        facts.wakeJoules ?? 0,
        'before its marker rose',
      ],
    ] as const) {
      if (window === undefined) continue;
      const sigma = partSigma(stretch, mean.sigma, duration);
      const limit =
        ruleLimits.chargeShare * Math.min(window, facts.meanJoules) +
        joules +
        (watts * cycles) / hertz +
        ruleLimits.noiseSigmas * sigma;
      if (Math.abs(excess) > limit) {
        add(
          'charge',
          `${percent(excess / window)} of a window's energy flowed ${where} (limit ${percent(limit / window)}): a capacitor behind the meter, a lagging meter, or late marker lines`,
        );
        return;
      }
    }
  }
}

/**
 * Windows whose marker edges do not lie where the current steps: late lines, a capacitor behind the meter, a meter that lags. The core
 * wakes a moment before the marker rises, and no sooner.
 */
function checkMarkerDelay({ facts, hertz }: BlockCheck, add: Add): void {
  const { markerDelay: delay, lateRises = 0 } = facts;
  if (lateRises > ruleLimits.lateRises) {
    add(
      'marker-delay',
      `in ${percent(lateRises)} of the windows the current is still low after the marker rose: a meter that changes its range late, a capacitor behind it, or marker lines that lead`,
    );
    return;
  }
  if (delay === undefined) return;
  const { markerDelaySeconds, noiseSigmas, wakingCycles } = ruleLimits;
  const microseconds = (seconds: number) => `${(seconds * 1e6).toPrecision(3)} us`;
  const limit = markerDelaySeconds + noiseSigmas * delay.sigma;
  if (Math.abs(delay.seconds) > limit) {
    const [first, second] =
      delay.seconds > 0 ? ['the marker lines', 'the current'] : ['the current', 'the marker lines'];
    add(
      'marker-delay',
      `${first} come ${microseconds(Math.abs(delay.seconds))} after ${second} (limit ${microseconds(limit)}): slow marker lines, a capacitor behind the meter, or a meter that lags`,
    );
    return;
  }
  const { risesBefore, risesSigma = 0 } = delay;
  if (risesBefore === undefined) return;
  const watts = facts.meanJoules / facts.meanSeconds;
  const slack = markerDelaySeconds + noiseSigmas * risesSigma;
  const waking = wakingCycles / hertz + (facts.wakeJoules ?? 0) / watts;
  if (risesBefore < -slack)
    add(
      'marker-delay',
      `the current rises ${microseconds(-risesBefore)} after the marker (limit ${microseconds(slack)}): a meter that changes its range late`,
    );
  else if (risesBefore > waking + slack)
    add(
      'marker-delay',
      `the current rises ${microseconds(risesBefore)} before the marker (limit ${microseconds(waking + slack)})`,
    );
}

/**
 * Readings far from what the chip's profile gives: a wrong shunt or calibration, another board, or something else that feeds the
 * DUT. Active power may differ by much more than a profile's interval, since boards do; a sleep above the profile's is a matter of
 * the board, one below the lower end of its interval has no honest cause.
 */
function checkPlausible(facts: BlockFacts, add: Add): void {
  const { expected, idle } = facts;
  const watts = facts.meanJoules / facts.meanSeconds;
  if (expected === undefined || !(watts > 0)) return;
  const ratio = watts / expected.activeWatts;
  const { plausibleFactor } = ruleLimits;
  if (!(ratio < plausibleFactor && ratio > 1 / plausibleFactor))
    add(
      'plausible',
      `windows drew ${(watts * 1e3).toPrecision(3)} mW, ${ratio.toPrecision(3)} times what the chip's profile gives: check the meter's shunt and calibration, and which chip the bench names`,
    );
  if (idle === undefined || !(expected.sleepWatts > 0)) return;
  const sigma = Math.hypot(...idle.terms.map(({ microwatts }) => microwatts)) * 1e-6;
  const most = idle.microwatts * 1e-6 + 2 * sigma;
  const { leastSleepWatts = 0 } = expected;
  if (most < leastSleepWatts)
    add(
      'plausible',
      `the DUT slept on at most ${(most * 1e6).toPrecision(3)} uW, its profile gives ${(expected.sleepWatts * 1e6).toPrecision(3)} and at least ${(leastSleepWatts * 1e6).toPrecision(3)}: something else may feed it (line, debug probe)`,
    );
}

function checkClocks(input: BlockCheck, add: Add): void {
  const { facts } = input;
  if (input.dutCycles !== undefined) {
    const meter = facts.meanSeconds * facts.windows;
    const dut = input.dutCycles / input.hertz;
    const slack =
      ruleLimits.clockShare * dut +
      (ruleLimits.markerCycles * facts.windows) / input.hertz +
      2 * facts.meanSecondsSigma * facts.windows;
    if (!(Math.abs(meter - dut) <= slack)) {
      add(
        'clock',
        `windows last ${meter.toPrecision(6)} s by the meter, ${dut.toPrecision(6)} s by the DUT's cycles at ${input.hertz} Hz`,
      );
    }
  }
  if (input.hostSeconds !== undefined) {
    const slack = ruleLimits.clockShare * input.hostSeconds + ruleLimits.hostSlackSeconds;
    if (!(Math.abs(facts.totalSeconds - input.hostSeconds) <= slack)) {
      add(
        'host-clock',
        `the block lasts ${facts.totalSeconds.toPrecision(6)} s by the meter, ${input.hostSeconds.toPrecision(6)} s by the host`,
      );
    }
  }
}
