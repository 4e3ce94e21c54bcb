import type { LittlefirstError } from '../../../errors.js';
import type { BoardClock } from '../../../host/budget.js';
import type { Link } from '../../link/open.js';
import { Deadline, type Phase } from '../budgets.js';
import { LineChannel } from '../line-channel.js';
import { replyError } from '../replies.js';

/** How an MLPerf Tiny DUT is reached: by its own line, or through an interface board ("IO manager") that passes commands on. */
export type MlperfRoute = 'direct' | 'interface-board';

/**
 * Bytes of one `db` command. The stock runner sends 31 directly and 26 through an interface board
 * (mlcommons/tiny, benchmark/runner/device_under_test.py): the DUT's command buffer holds 80 characters.
 */
export const bytesPerCommand: Record<MlperfRoute, number> = { direct: 31, 'interface-board': 26 };

const ready = 'm-ready';
/** What the interface board puts before every line of the DUT (mlcommons/tiny, benchmark/interface, InterfaceMenu.cpp). */
const dutPrefix = '[dut]: ';

/** One command and its reply lines at a time, whatever lies between. Nothing is sent but the command and its `%`. */
export class MlperfLine {
  private readonly channel: LineChannel;

  constructor(
    link: Link,
    readonly route: MlperfRoute,
    private readonly boardClock?: BoardClock,
  ) {
    this.channel = new LineChannel(link);
  }

  /**
   * Sends a command to the DUT.
   * @returns its reply lines before `m-ready`
   * @throws LF_DUT_TIMEOUT naming the phase, LF_LINK_LOST
   */
  async exchange(command: string, phase: Phase, milliseconds: number): Promise<string[]> {
    const deadline = new Deadline(phase, milliseconds, this.boardClock);
    if (this.route === 'direct') {
      this.channel.send(`${command}%`);
      return this.until(deadline, '');
    }
    this.channel.send(`dut ${command}%`);
    const echo = `m-dut-passthrough(${command})`;
    while ((await this.channel.next(deadline)) !== echo);
    const own = await this.channel.next(deadline);
    if (own !== ready) throw replyError('The interface board does not pass the command on', ready, own);
    return this.until(deadline, dutPrefix);
  }

  /**
   * Sends a command to the interface board itself.
   * @returns its reply lines before `m-ready`
   */
  async boardCommand(command: string, milliseconds: number): Promise<string[]> {
    this.channel.send(`${command}%`);
    return this.until(new Deadline('name', milliseconds, this.boardClock), '');
  }

  /**
   * Sends a command and skips everything up to a line and the `m-ready` behind it: the DUT answers in order, so that nothing older
   * can come then.
   * @param line reply line that no older command can have
   * @returns false where an interface board has passed on an older reply for this command, and so waits for no other
   * @throws LF_DUT_TIMEOUT, LF_LINK_LOST
   */
  async find(command: string, line: string, milliseconds: number): Promise<boolean> {
    const deadline = new Deadline('sync', milliseconds, this.boardClock);
    if (this.route === 'direct') {
      this.channel.send(`${command}%`);
      while ((await this.channel.next(deadline)) !== line);
      while ((await this.channel.next(deadline)) !== ready);
      return true;
    }
    this.channel.send(`dut ${command}%`);
    let isPassed = false;
    let isFound = false;
    for (;;) {
      const came = await this.channel.next(deadline);
      isPassed ||= came === `m-dut-passthrough(${command})`;
      isFound ||= came === dutPrefix + line;
      if (came === dutPrefix + ready && (isFound || isPassed)) return isFound;
    }
  }

  /** An error with what the line showed and its cure. */
  explain(error: LittlefirstError): LittlefirstError {
    return this.channel.explain(error);
  }

  abort(reason: Error): void {
    this.channel.abort(reason);
  }

  detach(): void {
    this.channel.detach();
  }

  /** Lines with `prefix` up to `m-ready`, without it; others are the interface board's own and are skipped. */
  private async until(deadline: Deadline, prefix: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.channel.next(deadline);
      if (!line.startsWith(prefix)) continue;
      const text = line.slice(prefix.length);
      if (text === ready) return lines;
      lines.push(text);
    }
  }
}
