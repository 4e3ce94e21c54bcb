import type { Random } from '../../data/random.js';
import type { Endpoint } from '../../farm/server/endpoint.js';
import type { Identity } from '../../farm/store/tokens.js';
import type { Answer, SimulatedFarm } from './simulated-farm.js';
import type { Timeline } from './timeline.js';

/** What a bench hears of its request. */
export type Heard = Exclude<Answer, { kind: 'broken' }> | { kind: 'unreachable' };

export interface Request {
  identity: Identity;
  method: Endpoint['method'];
  path: string;
  params?: object;
  body?: object;
  /** In the trace. */
  words: string;
}

/** Told of each request that the farm has worked on, before the answer is on its way. */
export type Witness = (request: Request, answer: Answer) => void;

/** How often a request meets what; assumed, far above what networks do. */
const shares = { lost: 0.012, late: 0.006, answerLost: 0.012, doubled: 0.012 };
/** A client's patience, and the latest that a request or its double arrives, milliseconds. */
const patience = 60_000;
const latest = { late: 3 * 3_600_000, doubled: 3_600_000 };
const slowest = 500;

/** The way between benches and farm: requests and answers are lost, doubled and late. */
export class Network {
  /** No more faults of its own. */
  isCalm = false;
  readonly counts = { requests: 0, lost: 0, late: 0, answerLost: 0, doubled: 0 };

  constructor(
    private readonly timeline: Timeline,
    private readonly farm: SimulatedFarm,
    private readonly random: Random,
    private readonly witness: Witness,
  ) {}

  private arrive(request: Request, delay: number, isCut: () => boolean, hear?: (heard: Heard) => void): void {
    const { method, path, params, body, identity, words } = request;
    this.timeline.after(delay, words, async () => {
      if (isCut() || this.farm.isDown) {
        if (hear !== undefined)
          this.timeline.after(patience, `${words}, no answer`, () => void hear({ kind: 'unreachable' }));
        return 'not reached';
      }
      const answer = await this.farm.ask(identity, method, path, { params, body });
      this.witness(request, answer);
      hear?.(answer.kind === 'broken' ? { kind: 'unreachable' } : answer);
      if (answer.kind === 'told') return JSON.stringify(answer.body) ?? 'done';
      return answer.kind === 'refused' ? answer.code : `failed: ${answer.message}`;
    });
  }

  /**
   * Sends a request once.
   * @param isCut whether the sender's way is cut, at the instant that the request comes to it
   */
  send(request: Request, isCut: () => boolean, hear: (heard: Heard) => void): void {
    const { random, counts } = this;
    counts.requests++;
    const delay = random.integer(5, slowest);
    const silence = () =>
      this.timeline.after(patience, `${request.words}, no answer`, () => void hear({ kind: 'unreachable' }));
    let luck = random.uniform();
    const meets = (kind: keyof typeof shares): boolean => {
      if (this.isCalm) return false;
      luck -= shares[kind];
      const does = luck < 0 && luck >= -shares[kind];
      if (does) counts[kind]++;
      return does;
    };
    if (meets('lost')) {
      silence();
      return;
    }
    if (meets('late')) {
      silence();
      this.arrive(request, random.integer(patience, latest.late), isCut);
      return;
    }
    if (meets('answerLost')) {
      silence();
      this.arrive(request, delay, isCut);
      return;
    }
    if (meets('doubled')) this.arrive(request, delay + random.integer(1000, latest.doubled), isCut);
    this.arrive(request, delay, isCut, hear);
  }
}
