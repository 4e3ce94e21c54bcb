import { expect } from 'chai';
import { type BoardClock, Budget, Unended, whenOver, within } from './budget.js';

const late = () => new Error('late');

describe('a budget', () => {
  it('gives an emulated board that had no processor the chance to get on before it counts as silent', async () => {
    let host = 0;
    let at = 0;
    let settled = 0;
    const board: BoardClock = Object.assign(() => at, {
      settle: async () => {
        settled += 1;
        if (settled === 2) at += 7;
      },
    });
    const budget = new Budget(1_000, board, () => host);
    host = 1_000;
    expect(budget.left()).to.equal(0);
    expect(await budget.isOver()).to.equal(false);
    expect(budget.left()).to.equal(993);
    host = 2_000;
    expect(await budget.isOver()).to.equal(true);
  });

  it('does not ask a board whose own time is used up, and survives one that is dead', async () => {
    let host = 0;
    let at = 0;
    const dead: BoardClock = Object.assign(() => at, { settle: () => Promise.reject(new Error('dead')) });
    const budget = new Budget(1_000, dead, () => host);
    host = 1_000;
    expect(await budget.isOver()).to.equal(true);
    const board: BoardClock = Object.assign(() => at, { settle: () => expect.fail('was asked') });
    const used = new Budget(1_000, board, () => host);
    at = 1_000;
    expect(await used.isOver()).to.equal(true);
  });

  it('calls back once, unless it is prevented', async () => {
    const ends: string[] = [];
    whenOver(new Budget(5), () => ends.push('kept'));
    const prevent = whenOver(new Budget(5), () => ends.push('prevented'));
    prevent();
    await new Promise<void>(resolve => {
      whenOver(new Budget(60), resolve);
    });
    expect(ends).to.deep.equal(['kept']);
  });
});

describe('work within a budget', () => {
  it('gives the result, and cancels nothing then', async () => {
    let given: AbortSignal | undefined;
    const result = await within(new Budget(1_000), late, async signal => {
      given = signal;
      return 7;
    });
    expect(result).to.equal(7);
    expect(given?.aborted).to.equal(false);
  });

  it('throws what the work throws', async () => {
    const own = new Error('own');
    const error = await within(new Budget(1_000), late, () => Promise.reject(own)).catch(reason => reason);
    expect(error).to.equal(own);
  });

  it('returns only when the cancelled work has ended', async () => {
    let isRunning = true;
    const error = await within(
      new Budget(10),
      late,
      signal =>
        new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () =>
            setImmediate(() => {
              isRunning = false;
              reject(new Error('cancelled'));
            }),
          );
        }),
    ).catch(reason => reason);
    expect(error.message).to.equal('late');
    expect(isRunning).to.equal(false);
  });

  it('begins nothing that is cancelled already', async () => {
    const error = await within(
      new Budget(10),
      late,
      () => expect.fail('was begun'),
      AbortSignal.abort('no'),
    ).catch(reason => reason);
    expect(error).to.equal('no');
  });

  it('tells of work that does not end', async function () {
    this.timeout(60_000);
    const error = await within(new Budget(10), late, () => new Promise(() => {})).catch(
      reason => reason as Error,
    );
    expect(error).to.be.instanceOf(Unended);
    expect(((error as Error).cause as Error).message).to.equal('late');
  });
});
