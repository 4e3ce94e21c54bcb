/** Characters of a text; those outside the basic plane count once. */
const lengthOf = (text: string): number => [...text].length;

/** The column that continued lines begin in: behind a label or a verdict and two spaces, or behind the spaces that a line begins with. */
function hangOf(line: string, width: number): number {
  const [, before] = /^(\s*(?:\S+ ){0,4}?\S* {2,})\S/.exec(line) ?? /^(\s*)\S/.exec(line) ?? [];
  const hang = lengthOf(before ?? '');
  return hang <= width / 2 ? hang : 0;
}

/**
 * Folds a line at spaces, so that a terminal does not break it inside a word. Rows of tables, and words that are longer than a line, such as
 * paths, stay whole.
 * @param width columns; infinite: the line stays as it is
 */
export function fold(line: string, width: number): string[] {
  if (lengthOf(line) <= width || /^\| /.test(line)) return [line];
  const hang = hangOf(line, width);
  const lines: string[] = [];
  let rest = line;
  for (let from = 0; lengthOf(rest) > width; from = hang) {
    const letters = [...rest];
    const last = letters.slice(0, width + 1).lastIndexOf(' ');
    const next = last > from ? last : letters.indexOf(' ', Math.max(width, from));
    if (next < 0) break;
    lines.push(letters.slice(0, next).join('').trimEnd());
    rest = ' '.repeat(hang) + letters.slice(next).join('').trimStart();
  }
  return [...lines, rest];
}

/** The beginning of a text that fits; an ellipsis says that there is more. */
export function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
