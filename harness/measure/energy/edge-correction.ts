import type { WindowColumns } from './budget.js';
import type { EdgeDelays } from './edge-delay.js';
import {
  correctEdge,
  type EdgeSamples,
  edgeOffset,
  type OuterEdge,
  placeStep,
  sleepingWatts,
} from './edge-offset.js';
import type { WakingEnergy } from './waking.js';
import { activeStates, type WindowEnergy } from './windows.js';

type Side = 'opening' | 'closing';

/** Below this share of the power that follows, a window has not begun where its marker says. */
const lateShare = 0.5;

interface SeenEdge extends EdgeSamples {
  /** Index of the window. */
  window: number;
  energyVariance: number;
  timeVariance: number;
}

/** Standard uncertainties of a block's mean window that its edges bring, and how the marker lines lie against the current. */
export interface EdgeSigmas {
  joulesSigma: number;
  secondsSigma: number;
  /** Absent on a side whose current does not show. */
  delays: EdgeDelays;
  /** Share of the opening edges behind which the current is still low. */
  lateRises: number;
  /** Energy outside the markers; undefined where the current does not show both sides. */
  waking?: WakingEnergy;
}

/**
 * Puts the outer edges of a block's windows right once all of them are known (see `edgeOffset`): corrects the columns, and says what
 * doubt is left. Edges that the current does not show keep their place and their own variance.
 */
export class EdgeCorrection {
  readonly #columns: WindowColumns;
  readonly #sides: Record<Side, SeenEdge[]> = { opening: [], closing: [] };
  #count = 0;
  #energyVariance = 0;
  #timeVariance = 0;

  /** @param columns what is corrected; window i of `add` is its row i */
  constructor(columns: WindowColumns) {
    this.#columns = columns;
  }

  add(window: WindowEnergy): void {
    for (const side of ['opening', 'closing'] as const) {
      const edge = window[side];
      const { energyVariance, timeVariance } = window.variances[side];
      if (edge === undefined) this.#keep(energyVariance, timeVariance);
      else this.#sides[side].push({ ...edge, window: this.#count, energyVariance, timeVariance });
    }
    this.#count += 1;
  }

  finish(): EdgeSigmas {
    const sleeping = sleepingWatts([...this.#sides.opening, ...this.#sides.closing]);
    const lateRises = this.#lateRises();
    let energy = 0;
    let time = 0;
    const delays: EdgeSigmas['delays'] = {};
    const outside: Partial<Record<Side, { joules: number; sigma: number }>> = {};
    for (const side of ['opening', 'closing'] as const) {
      const edges: (SeenEdge & OuterEdge)[] = [];
      for (const seen of this.#sides[side]) {
        const edge = placeStep(seen, sleeping);
        if (edge === undefined) this.#keep(seen.energyVariance, seen.timeVariance);
        else edges.push({ ...seen, ...edge });
      }
      const offset = edgeOffset(edges);
      if (offset === undefined) {
        for (const edge of edges) this.#keep(edge.energyVariance, edge.timeVariance);
        continue;
      }
      delays[side] = { seconds: offset.seconds, sigma: offset.sigma, edges: edges.length };
      let watts = 0;
      let outsideJoules = 0;
      for (const edge of edges) {
        const { joules, seconds, outsideSeconds } = correctEdge(edge, offset);
        const part = activeStates[edge.state];
        this.#columns[`${part}Joules`][edge.window] += joules;
        this.#columns[`${part}Seconds`][edge.window] += seconds;
        watts += edge.watts;
        outsideJoules += outsideSeconds * (edge.watts - sleeping);
      }
      const corrected = edges.length / this.#count;
      const variance = (corrected * offset.sigma) ** 2 + (corrected * offset.stepSigma ** 2) / this.#count;
      time += variance;
      energy += variance * (watts / edges.length) ** 2;
      outside[side] = {
        joules: outsideJoules / edges.length,
        sigma:
          Math.hypot(offset.sigma, offset.stepSigma / Math.sqrt(edges.length)) *
          Math.abs(watts / edges.length - sleeping),
      };
    }
    const squared = Math.max(1, this.#count) ** 2;
    return {
      joulesSigma: Math.sqrt(energy + this.#energyVariance / squared),
      secondsSigma: Math.sqrt(time + this.#timeVariance / squared),
      delays,
      lateRises,
      waking: wakingOf(outside),
    };
  }

  /** Before anything is corrected: windows that begin with less than half of their mean power, or of what follows. */
  #lateRises(): number {
    const { opening } = this.#sides;
    const { gateJoules, bigJoules, otherJoules, gateSeconds, bigSeconds, otherSeconds } = this.#columns;
    const late = opening.filter(({ window: i, watts, nearest }) => {
      const joules = gateJoules[i] + bigJoules[i] + otherJoules[i];
      const seconds = gateSeconds[i] + bigSeconds[i] + otherSeconds[i];
      return nearest < lateShare * watts || watts < lateShare * (joules / seconds);
    });
    return opening.length === 0 ? 0 : late.length / opening.length;
  }

  #keep(energyVariance: number, timeVariance: number): void {
    this.#energyVariance += energyVariance;
    this.#timeVariance += timeVariance;
  }
}

function wakingOf({
  opening,
  closing,
}: Partial<Record<Side, { joules: number; sigma: number }>>): WakingEnergy | undefined {
  if (opening === undefined || closing === undefined) return undefined;
  return {
    joules: opening.joules + closing.joules,
    sigma: Math.hypot(opening.sigma, closing.sigma),
    from: 'edges',
  };
}
