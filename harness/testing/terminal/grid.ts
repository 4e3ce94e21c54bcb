const introducer = '\u001b';
const unfinished = new RegExp(`${introducer}(\\[[0-9;?]*)?$`);
const tokens = new RegExp(`${introducer}\\[([0-9;?]*[A-Za-z])|[\\s\\S]`, 'gu');

/**
 * What a terminal shows of the sequences that this program and Node's readline write (ECMA-48: CUU, CUF, CUB, CHA, ED, EL, SGR; lines scroll up at the
 * bottom). Any other sequence is an error: a test is to see it.
 */
export class Grid {
  private lines: string[][] = [[]];
  private row = 0;
  private column = 0;
  private rest = '';

  constructor(
    private readonly columns: number,
    private readonly rows: number,
  ) {}

  /** The lines that were ever shown and not drawn over, joined by line feeds. */
  text(): string {
    return this.lines
      .map(line =>
        Array.from(line, letter => letter ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();
  }

  write(text: string): void {
    const all = this.rest + text;
    const open = unfinished.exec(all);
    this.rest = open === null ? '' : open[0];
    const whole = open === null ? all : all.slice(0, open.index);
    for (const [token, sequence] of whole.matchAll(tokens)) {
      if (sequence !== undefined) this.control(sequence);
      else this.put(token);
    }
  }

  private line(): string[] {
    while (this.lines.length <= this.row) this.lines.push([]);
    return this.lines[this.row];
  }

  private put(letter: string): void {
    if (letter === '\n') this.row += 1;
    else if (letter === '\r') this.column = 0;
    else if (letter === '\b') this.column = Math.max(0, this.column - 1);
    else if (letter === '\u0007') return;
    else if (letter < ' ') throw new Error(`control character ${letter.charCodeAt(0)} on the terminal`);
    else {
      if (this.column === this.columns) [this.row, this.column] = [this.row + 1, 0];
      this.line()[this.column] = letter;
      this.column += 1;
    }
    this.line();
  }

  private control(sequence: string): void {
    const kind = sequence.at(-1);
    const [count = 1] = sequence.slice(0, -1).split(';').map(Number);
    const steps = Math.max(1, count || 1);
    /* A terminal cannot go above what it shows. */
    if (kind === 'A') this.row = Math.max(0, this.lines.length - this.rows, this.row - steps);
    else if (kind === 'C') this.column = Math.min(this.columns - 1, this.column + steps);
    else if (kind === 'D') this.column = Math.max(0, this.column - steps);
    else if (kind === 'G') this.column = steps - 1;
    else if (kind === 'K') this.line().length = Math.min(this.line().length, this.column);
    else if (kind === 'J') {
      this.line().length = Math.min(this.line().length, this.column);
      this.lines.length = this.row + 1;
    } else if (kind !== 'm') throw new Error(`the terminal does not know the sequence ESC[${sequence}`);
  }
}
