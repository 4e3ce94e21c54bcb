import { type Confirmed, confirm, mostRounds, type Round } from '../../verdict/regression/confirm.js';
import { type Repeatability, unknownRepeatability } from '../../verdict/regression/step.js';
import { knownOf, suspect } from '../../verdict/regression/suspect.js';

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

/** Degrees of freedom that the confirmation believes the series' own repeatability with, at most. */
export const mostBelieved = 20;

/** Measures a round with the images of two nights. */
export type Measure = (before: number, after: number) => Round;

/** Where a study does otherwise than the farm. */
export interface Otherwise {
  /** Chance of a false confirmation, and rounds of A B B A at most. */
  riskOfAlarm?: number;
  rounds?: number;
  /** One night alone, which both images measure alike, begins no level: its neighbours go on being compared with all nights before. */
  keepsOneNight?: boolean;
}

/** Ours: suspect, confirm the same night, alarm; as the farm does it. */
export class NightWatch implements Watch {
  private level: number[] = [];
  private levelBegan = 0;
  private levels: number[][] = [];
  private known: Repeatability = unknownRepeatability;
  suspicions = 0;
  rounds = 0;

  constructor(
    private readonly threshold: number,
    private readonly measure: Measure,
    private readonly needs: 'regressed' | 'suspicion' = 'regressed',
    private readonly otherwise: Otherwise = {},
  ) {
    this.known = knownOf([]);
  }

  private begin(at: number): void {
    this.levels = [...this.levels.slice(-8), this.level.slice(0, at)];
    this.known = knownOf(this.levels);
    this.level = this.level.slice(at);
    this.levelBegan += at;
  }

  private confirm(before: number, after: number, spread: number, degrees: number, leastEffect: number) {
    const { riskOfAlarm, rounds: most = mostRounds } = this.otherwise;
    const rounds: Round[] = [];
    let answer: Confirmed;
    do {
      rounds.push(this.measure(before, after));
      answer = confirm(rounds, {
        leastEffect,
        spread,
        degrees: Math.min(mostBelieved, degrees),
        rounds: most,
        riskOfAlarm,
      });
    } while (answer.verdict === 'cannot tell' && rounds.length < most);
    this.rounds += rounds.length;
    return answer;
  }

  night(point: number, night: number): Alarm | undefined {
    this.level.push(point);
    const found = suspect(this.level, this.known, this.threshold);
    if (found === undefined) return undefined;
    this.suspicions++;
    const { step, leastEffect } = found;
    const at = this.levelBegan + step.at;
    if (this.needs === 'suspicion') {
      this.begin(step.at);
      return { night, at };
    }
    const [before, after] = [this.levelBegan + found.before, this.levelBegan + found.after];
    const { verdict } = this.confirm(before, after, step.spread, step.degrees, leastEffect);
    const isKept =
      this.otherwise.keepsOneNight === true &&
      verdict === 'not regressed' &&
      step.at === this.level.length - 1;
    if (verdict !== 'cannot tell' && !isKept) this.begin(step.at);
    return verdict === 'regressed' ? { night, at } : undefined;
  }
}
