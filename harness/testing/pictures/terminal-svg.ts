/** Colours of the picture: GitHub's dark theme, readable on light pages too. */
const palette: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
};
const letterWidth = 7.2;
const lineHeight = 17;
const padding = 14;

interface Piece {
  text: string;
  colour?: string;
  isBold: boolean;
  /** Black on yellow. */
  isMarked: boolean;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const sequence = new RegExp(`${'\u001b'}\\[([0-9;]*)m`);

/** The pieces of a line by the colours that it was printed with. */
function piecesOf(line: string): Piece[] {
  const parts = line.split(new RegExp(sequence, 'g'));
  const pieces: Piece[] = [];
  let style: Omit<Piece, 'text'> = { isBold: false, isMarked: false };
  parts.forEach((part, i) => {
    if (i % 2 === 0) {
      if (part !== '') pieces.push({ text: part, ...style });
      return;
    }
    if (part === '1') style = { ...style, isBold: true };
    else if (part === '22') style = { ...style, isBold: false };
    else if (part === '43') style = { ...style, isMarked: true };
    else if (part === '49') style = { ...style, isMarked: false };
    else if (part === '39') style = { ...style, colour: undefined };
    else if (part in palette) style = { ...style, colour: palette[part] };
  });
  return pieces;
}

/** A terminal's text, with the colours that it was printed with, as a picture. @param title what it shows, for those who do not see it */
export function terminalSvg(text: string, title: string): string {
  const lines = text.split('\n').map(piecesOf);
  const columns = Math.max(
    ...lines.map(line => line.reduce((sum, { text: part }) => sum + [...part].length, 0)),
  );
  const [width, height] = [
    Math.ceil(columns * letterWidth + 2 * padding),
    lines.length * lineHeight + 2 * padding,
  ];
  const drawn = lines.map((pieces, row) => {
    let column = 0;
    return pieces
      .map(({ text: part, colour, isBold, isMarked }) => {
        const x = (padding + column * letterWidth).toFixed(1);
        const y = padding + (row + 0.75) * lineHeight;
        const length = [...part].length;
        column += length;
        const box = isMarked
          ? `<rect x="${x}" y="${(y - 0.75 * lineHeight).toFixed(1)}" width="${(length * letterWidth).toFixed(1)}" height="${lineHeight}" fill="#e3b341"/>`
          : '';
        const fill = isMarked ? ' fill="#0d1117"' : colour === undefined ? '' : ` fill="${colour}"`;
        const weight = isBold ? ' font-weight="bold"' : '';
        const fit = part.trim() === '' ? '' : ` textLength="${(length * letterWidth).toFixed(1)}"`;
        return `${box}<text x="${x}" y="${y.toFixed(1)}"${fill}${weight}${fit}>${escaped(part)}</text>`;
      })
      .join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title).replaceAll('"', '&quot;')}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12" fill="#c9d1d9" xml:space="preserve" lengthAdjust="spacingAndGlyphs">
${drawn.join('\n')}
</g>
</svg>
`;
}
