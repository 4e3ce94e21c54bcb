import { type Confirmation, type Confirmed, confirm, type Round } from '../../verdict/regression/confirm.js';
import {
  type Confirming,
  confirmingStep,
  mostBelieved,
  mostEarlyRounds,
  suspectEarly,
} from '../../verdict/regression/early.js';
import type { Repeatability } from '../../verdict/regression/step.js';
import { knownOf, type Suspicion, suspect } from '../../verdict/regression/suspect.js';

/** What a method says of a night: it has raised an alarm, for a step that began at this night. */
export interface Alarm {
  night: number;
  at: number;
}

/** A method that is shown a series night by night. */
export interface Watch {
  /** @returns an alarm, if this night's point raises one */
  night(point: number, night: number): Alarm | undefined;
}

/** Measures a round with the images of two nights. */
export type Measure = (before: number, after: number) => Round;

/** Where a study does otherwise than the farm. */
export interface Otherwise {
  /** Step that is to be named in its first two nights, relative; 0: none. */
  wanted?: number;
  /** How all steps are confirmed, and how much of the nights' spread is believed. */
  confirming?: Confirming;
  believed?: number;
}

/** Ours: suspect, confirm the same night, alarm; as the farm does it (`harness/farm/series/look.ts`). */
export class NightWatch implements Watch {
  private level: number[] = [];
  private levelBegan = 0;
  private levels: number[][] = [];
  private known: Repeatability = knownOf([]);
  /** First point of the level that may be the first of an early step. */
  private from = 0;
  suspicions = 0;
  rounds = 0;

  constructor(
    private readonly threshold: number,
    private readonly measure: Measure,
    private readonly needs: 'regressed' | 'suspicion' = 'regressed',
    private readonly otherwise: Otherwise = {},
  ) {}

  private begin(at: number): void {
    this.levels = [...this.levels.slice(-8), this.level.slice(0, at)];
    this.known = knownOf(this.levels);
    this.level = this.level.slice(at);
    this.levelBegan += at;
    this.from = 0;
  }

  private confirm(found: Suspicion, { rounds: most, riskOfAlarm }: Confirming): Confirmation {
    const { spread, degrees } = found.step;
    const rounds: Round[] = [];
    let answer: Confirmed;
    do {
      rounds.push(this.measure(this.levelBegan + found.before, this.levelBegan + found.after));
      answer = confirm(rounds, {
        ...{ leastEffect: found.leastEffect, spread, rounds: most, riskOfAlarm },
        degrees: Math.min(this.otherwise.believed ?? mostBelieved, degrees),
      });
    } while (answer.verdict === 'cannot tell' && rounds.length < most);
    this.rounds += rounds.length;
    return answer.verdict;
  }

  night(point: number, night: number): Alarm | undefined {
    this.level.push(point);
    const { wanted, confirming = confirmingStep } = this.otherwise;
    const clear = suspect(this.level, this.known, this.threshold);
    if (this.needs === 'suspicion') {
      if (clear === undefined) return undefined;
      const at = this.levelBegan + clear.step.at;
      this.begin(clear.step.at);
      return { night, at };
    }
    const early =
      clear === undefined
        ? suspectEarly(this.level, this.known, { fleet: this.threshold, from: this.from, wanted })
        : undefined;
    const found = clear ?? early;
    if (found === undefined) return undefined;
    this.suspicions++;
    const at = this.levelBegan + found.step.at;
    const verdict = this.confirm(
      found,
      early === undefined ? confirming : { rounds: mostEarlyRounds, riskOfAlarm: early.riskOfAlarm },
    );
    if (early !== undefined && verdict === 'not regressed') this.from = this.level.length;
    else if (verdict !== 'cannot tell') this.begin(found.step.at);
    return verdict === 'regressed' ? { night, at } : undefined;
  }
}
