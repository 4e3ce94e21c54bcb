import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { failure } from '../../testing/failure.js';
import type { Link } from '../link/open.js';
import { Deadline } from './budgets.js';
import { DutClient } from './client.js';
import { LineChannel } from './line-channel.js';

/** A link whose far end is the test. */
function openPair(): { link: Link; board: { say: (line: string) => void; heard: () => string } } {
  const stream = new PassThrough();
  const sent: Buffer[] = [];
  const link = Object.assign(stream, {
    write: (bytes: Buffer) => {
      sent.push(Buffer.from(bytes));
      return true;
    },
  }) as unknown as Link;
  return {
    link,
    board: {
      say: line => void stream.push(`${line}\r\n`),
      heard: () => Buffer.concat(sent).toString('latin1'),
    },
  };
}

describe('a line channel', () => {
  it('refuses a second waiter, and leaves the line to the first', async () => {
    const { link, board } = openPair();
    const channel = new LineChannel(link);
    const first = channel.next(new Deadline('level', 10_000));
    const error = await failure(channel.next(new Deadline('sync', 10_000)), 'LF_INTERNAL');
    expect(error.message).to.include('"sync"');
    board.say('m-ready');
    expect(await first).to.equal('m-ready');
  });

  it('gives the line to the next waiter once the first was cancelled', async () => {
    const { link, board } = openPair();
    const channel = new LineChannel(link);
    const controller = new AbortController();
    const reason = new LittlefirstError('LF_POWER_FAILED', 'too late');
    const first = channel.next(new Deadline('level', 10_000), controller.signal);
    controller.abort(reason);
    expect(await failure(first, 'LF_POWER_FAILED')).to.equal(reason);
    const second = channel.next(new Deadline('level', 10_000));
    board.say('m-ready');
    expect(await second).to.equal('m-ready');
    expect(
      await failure(channel.next(new Deadline('level', 1), controller.signal), 'LF_POWER_FAILED'),
    ).to.equal(reason);
  });

  it('a cancelled synchronisation neither takes a line nor sends a byte any more', async () => {
    const { link, board } = openPair();
    const client = new DutClient(link);
    const controller = new AbortController();
    const abandoned = client.sync(controller.signal);
    controller.abort(new LittlefirstError('LF_DUT_TIMEOUT', 'not in time'));
    await failure(abandoned, 'LF_DUT_TIMEOUT');
    const before = board.heard();
    const name = client.name();
    board.say('m-name-dut-[fake]');
    board.say('m-ready');
    expect(await name).to.equal('fake');
    expect(board.heard()).to.equal(`${before}name%`);
    await failure(client.sync(controller.signal), 'LF_DUT_TIMEOUT');
    expect(board.heard()).to.equal(`${before}name%`);
  });
});
