import { ruleLimits } from '../../limits.js';
import { unwatchedShare } from '../budget.js';
import { type Add, type BlockCheck, percent } from './violation.js';

/** Samples a window below which the meter's own ends of it may be why its clock disagrees. Assumed. */
const fewest = 10;

/**
 * A count of lost samples is a fact only where something watched. Of the others a loss is unknown, which is not none: it must show elsewhere, as windows that are
 * too short by the DUT's cycles (rule `clock`) or a block too short by the host's clock (rule `host-clock`). Where neither watches, nobody can say.
 */
export function checkLosses({ facts, dutCycles, hostSeconds }: BlockCheck, add: Add): void {
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

/**
 * Where a window has but a few samples some have one or two whole ones, which the change of the meter's range distorts: duration and energy are then off by
 * some per cent (a PPK2 and windows of 27 us: 7 %), which no number of windows averages out.
 */
function fewSamples({ meanSeconds, status, totalSeconds }: BlockCheck['facts']): string {
  const samples = (meanSeconds * status.samples) / totalSeconds;
  if (!(samples < fewest)) return '';
  return `: a window lasts ${samples.toPrecision(2)} samples of the meter on average, fewer than the ${fewest} that tell its ends from its changes of range: take a meter with more samples a second, or a slower level`;
}

export function checkClocks(input: BlockCheck, add: Add): void {
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
        `windows last ${meter.toPrecision(6)} s by the meter, ${dut.toPrecision(6)} s by the DUT's cycles at ${input.hertz} Hz (they may differ by ${slack.toPrecision(2)} s)${fewSamples(facts)}`,
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
