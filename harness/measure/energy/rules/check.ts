import { ruleLimits } from '../../limits.js';
import { checkIdle } from './idle.js';
import { checkCharge, checkMarkerDelay } from './outside-markers.js';
import { checkPlausible } from './plausible.js';
import { checkClocks, checkLosses } from './time.js';
import { type BlockCheck, percent, type RuleName, type Violation } from './violation.js';

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
