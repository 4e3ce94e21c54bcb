import { type CliContext, printColoured } from '../context.js';
import { isLive } from '../terminal/stream.js';
import { LiveProgress } from './live.js';
import { PlainProgress } from './plain.js';
import type { Progress } from './progress.js';

/** Nothing but what no reader may miss. */
class QuietProgress implements Progress {
  constructor(private readonly context: CliContext) {}
  start(): void {}
  block(): void {}
  advance(): void {}
  energy(): void {}
  blockEnd(): void {}
  figures(): void {}
  note(): void {}
  stop(): void {}
  banner(line: string): void {
    printColoured(this.context.err, line);
  }
}

/** A live view on a terminal, plain lines elsewhere, nothing where the user wants it quiet. */
export function createProgress(context: CliContext, isQuiet = false): Progress {
  if (isQuiet) return new QuietProgress(context);
  return isLive(context.err) ? new LiveProgress(context) : new PlainProgress(context);
}
