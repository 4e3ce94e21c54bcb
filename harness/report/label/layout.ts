import { intervalText } from '../../record/interval.js';
import { visibleLine } from '../../visible.js';
import type { LabelFacts } from './facts.js';

/** An A5 page in points, from the upper left: what SVG and PDF are both written from. */
export const page = { width: 420, height: 595 };

export type Shape =
  | { kind: 'box'; x: number; y: number; width: number; height: number; grey: number; isFilled: boolean }
  | { kind: 'text'; x: number; y: number; size: number; isBold: boolean; text: string };

const margin = 28;
const inside = page.width - 2 * margin;
/** Widths of sans-serif letters differ by the reader's font: a generous mean, in the font's size. */
const letterWidth = (isBold: boolean): number => (isBold ? 0.62 : 0.56);

/** Room above and below a line's base, in the font's size: no letter of a line reaches into the next, whatever their sizes. */
const ascent = 0.97;
const descent = 0.25;

/** Lines of at most some width; what is left beyond the last one ends in dots. */
export function wrapped(text: string, width: number, size: number, isBold: boolean, most: number): string[] {
  const letters = Math.max(4, Math.floor(width / (size * letterWidth(isBold))));
  const lines: string[] = [];
  let line = '';
  for (const word of visibleLine(text).split(' ')) {
    let rest = word;
    while (line !== '' || rest.length > letters) {
      if (line !== '' && line.length + 1 + rest.length <= letters) break;
      if (line !== '') lines.push(line);
      else {
        lines.push(rest.slice(0, letters));
        rest = rest.slice(letters);
      }
      line = '';
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1].slice(0, letters - 3)}...`];
}

/** Writes from the top downwards. */
class Column {
  readonly shapes: Shape[] = [];
  y = margin;

  write(text: string, size: number, { isBold = false, x = margin, most = 2, width = inside } = {}): void {
    for (const line of wrapped(text, width, size, isBold, most)) {
      this.y += size * ascent;
      this.shapes.push({ kind: 'text', x, y: this.y, size, isBold, text: line });
      this.y += size * descent;
    }
  }

  box(height: number, { x = margin, width = inside, grey = 0, isFilled = false } = {}): void {
    this.shapes.push({ kind: 'box', x, y: this.y, width, height, grey, isFilled });
  }
}

/** Big-only's energy as a whole bar, the block's as a part of it, with its interval. */
function bars(column: Column, { share, energy }: LabelFacts): void {
  if (share === undefined) return;
  const part = Math.min(1, Math.max(0, share.value));
  column.y += 10;
  column.write(`big-only at the same level: 100 % of its ${energy} active energy`, 8);
  column.y += 3;
  column.box(10, { grey: 0.75, isFilled: true });
  column.y += 12;
  column.write(`this label: ${intervalText(share, 'share')} of it`, 8);
  column.y += 3;
  column.box(10, { grey: 0.2, isFilled: true, width: Math.max(1, part * inside) });
  const [low, high] = [share.low, share.high].map(end => Math.min(1, Math.max(0, end)) * inside);
  column.y += 13;
  column.box(1, { grey: 0, isFilled: true, x: margin + low, width: Math.max(1, high - low) });
  column.y += 4;
}

/** Lays out the label of a block on one page. */
export function labelShapes(facts: LabelFacts): Shape[] {
  const column = new Column();
  column.write('littlefirst energy label', 9);
  column.y += 2;
  column.write(facts.system, 20, { isBold: true });
  column.write(facts.where, 9);
  column.y += 8;
  column.box(36);
  column.y += 4;
  column.write(facts.word, 13, { isBold: true, x: margin + 8, most: 1, width: inside - 16 });
  column.write(facts.meaning, 8, { x: margin + 8, most: 1, width: inside - 16 });
  column.y += 7;
  bars(column, facts);
  for (const { name, value, parts } of facts.figures) {
    column.y += 5;
    column.write(name, 8, { most: 1 });
    column.write(value, 13, { isBold: true, most: 1 });
    if (parts !== '') column.write(parts, 7.5, { most: 1 });
  }
  column.y += 8;
  column.box(0.8, { isFilled: true });
  column.y += 2;
  for (const [name, text] of facts.provenance) {
    const { y } = column;
    column.write(name, 7.5, { isBold: true, most: 1, width: 60 });
    column.y = y;
    column.write(text, 7.5, { x: margin + 54, width: inside - 54 });
  }
  const frame: Shape = {
    kind: 'box',
    x: 10,
    y: 10,
    width: page.width - 20,
    height: page.height - 20,
    grey: 0,
    isFilled: false,
  };
  return [frame, ...column.shapes];
}
