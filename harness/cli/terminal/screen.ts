import type { Writable } from 'node:stream';
import { cut } from './fold.js';
import { columnsOf, rowsOf } from './stream.js';

const clearRight = '\u001b[K';
const clearBelow = '\u001b[J';

/** A few lines at the bottom of a terminal that are drawn over again and again; what is printed meanwhile scrolls away above them. */
export class Screen {
  private drawn: string[] = [];

  constructor(private readonly stream: Writable) {}

  /** Draws the lines in the place of the last ones. @param paint colours of a whole line that was cut already */
  draw(lines: readonly string[], paint: (line: string) => string = line => line): void {
    const columns = columnsOf(this.stream);
    const shown = lines.slice(0, rowsOf(this.stream) - 1).map(line => cut(line, columns));
    const text = shown.map(line => `${paint(line)}${clearRight}\n`).join('');
    this.stream.write(`${this.up()}${text}${clearBelow}`);
    this.drawn = shown;
  }

  /** Takes the lines away. */
  clear(): void {
    if (this.drawn.length > 0) this.stream.write(`${this.up()}${clearBelow}`);
    this.drawn = [];
  }

  /** To where the lines begin; a terminal that became narrower shows some of them on several rows. */
  private up(): string {
    const columns = columnsOf(this.stream);
    const rows = this.drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil([...line].length / columns)),
      0,
    );
    return rows === 0 ? '' : `\r\u001b[${rows}A`;
  }
}
