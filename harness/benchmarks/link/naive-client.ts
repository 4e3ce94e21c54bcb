import { Deadline } from '../../wire/dut/budgets.js';
import { LineChannel } from '../../wire/dut/line-channel.js';
import { replyError } from '../../wire/dut/replies.js';
import type { Link } from '../../wire/link/open.js';

/** Bytes of a `db` command's hex part that MLPerf Tiny's runner sends at once: 31 bytes are 62 digits. */
const bytesPerCommand = 31;
const budgetMilliseconds = 10_000;

/**
 * A client as simple as MLPerf Tiny's: it loads a window in hex, piece by piece, asks for one inference and for its result, and
 * waits for `m-ready` after each command. What the streaming client is compared with.
 */
export class NaiveClient {
  private readonly channel: LineChannel;
  /** Commands that were sent and answered. */
  exchanges = 0;

  constructor(link: Link) {
    this.channel = new LineChannel(link);
  }

  /** Sends one command and returns the lines before its `m-ready`. @throws LF_DUT_TIMEOUT, LF_DUT_REPLY */
  async command(text: string): Promise<string[]> {
    const deadline = new Deadline('stream', budgetMilliseconds);
    this.channel.send(`${text}%`);
    const lines: string[] = [];
    for (let line = await this.channel.next(deadline); line !== 'm-ready'; ) {
      if (line.startsWith('e-[')) throw replyError(`The DUT refuses "${text.slice(0, 40)}"`, 'm-ready', line);
      lines.push(line);
      line = await this.channel.next(deadline);
    }
    this.exchanges += 1;
    return lines;
  }

  /** Classifies one window. @returns its label */
  async infer(window: Uint8Array): Promise<number> {
    await this.command(`db load ${window.length}`);
    const hex = Buffer.from(window).toString('hex');
    for (let at = 0; at < hex.length; at += 2 * bytesPerCommand)
      await this.command(`db ${hex.slice(at, at + 2 * bytesPerCommand)}`);
    await this.command('infer 1 0');
    const lines = await this.command('results');
    const scores = lines.map(line => /^m-results-\[(.*)\]$/.exec(line)).find(match => match !== null);
    if (!scores) throw replyError('The DUT told no results', 'm-results-[...]', lines.join(' | '));
    return scores[1].split(',').map(Number).indexOf(1);
  }

  /** Leaves the link to others. */
  detach(): void {
    this.channel.detach();
  }
}
