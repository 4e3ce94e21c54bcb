import { ruleLimits } from '../limits.js';
import type { BlockFacts } from './collector.js';

export type RuleName =
  | 'windows'
  | 'edges'
  | 'markers'
  | 'drops'
  | 'clock'
  | 'host-clock'
  | 'saturation'
  | 'overcurrent'
  | 'not-a-number'
  | 'idle'
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
  configuredMillivolts?: number;
  /** Mean of the measured supply voltage, where the meter measures it. */
  measuredMillivolts?: number;
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
  const edgeShare = (2 * facts.edgeJoulesSigma) / facts.meanJoules;
  if (edgeShare > ruleLimits.edgeShare) {
    add(
      'edges',
      `edge timing explains ${percent(edgeShare)} of the mean energy (limit ${percent(ruleLimits.edgeShare)}): take more or longer windows, or a faster meter`,
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
  if (status.overcurrent) add('overcurrent', 'the meter reported an overcurrent');
  checkIdle(facts, add);
  checkClocks(input, add);
  const switches = facts.totalSeconds === 0 ? 0 : status.rangeSwitches / facts.totalSeconds;
  if (switches > ruleLimits.rangeSwitchesPerSecond) {
    add(
      'range-switching',
      `${switches.toFixed(0)} range switches a second (limit ${ruleLimits.rangeSwitchesPerSecond})`,
    );
  }
  if (input.configuredMillivolts !== undefined && input.measuredMillivolts !== undefined) {
    const share = Math.abs(input.measuredMillivolts / input.configuredMillivolts - 1);
    if (!(share <= ruleLimits.voltageShare)) {
      add(
        'voltage',
        `the supply was ${input.measuredMillivolts.toFixed(0)} mV instead of ${input.configuredMillivolts} mV`,
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

function checkLosses({ facts }: BlockCheck, add: Add): void {
  const { status } = facts;
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

function checkIdle(facts: BlockFacts, add: Add): void {
  const { idleBefore, idleAfter } = facts;
  if (idleBefore.seconds < ruleLimits.idleSeconds) add('idle', 'no idle baseline before the first window');
  if (idleAfter.seconds < ruleLimits.idleSeconds) add('idle', 'no idle baseline after the last window');
  const change = Math.abs(idleAfter.quiet.watts - idleBefore.quiet.watts);
  const noise = 4 * facts.noiseWatts;
  if (change > ruleLimits.idleChange * Math.abs(idleBefore.quiet.watts) + ruleLimits.idleFloorWatts + noise) {
    add(
      'idle',
      `sleep power went from ${(idleBefore.quiet.watts * 1e6).toFixed(1)} to ${(idleAfter.quiet.watts * 1e6).toFixed(1)} uW during the block`,
    );
  }
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
