import type { LabelFacts } from './facts.js';
import { labelShapes, page, type Shape } from './layout.js';

/**
 * One page as PDF 1.4 (ISO 32000-1): texts in two of the fonts that every reader has, and boxes. Libraries that write PDF bring font engines
 * of some megabytes, which a page of this kind has no use for.
 */

/** Characters of Windows' code page 1252, which the fonts are read by, that Latin-1 does not have at the same place. */
const beyondLatin = new Map([
  ['–', 0x96],
  ['—', 0x97],
  ['…', 0x85],
  ['‘', 0x91],
  ['’', 0x92],
  ['“', 0x93],
  ['”', 0x94],
  ['•', 0x95],
  ['€', 0x80],
]);

/** A text as a PDF string; what the fonts do not have becomes a question mark. */
export function pdfString(text: string): string {
  const bytes = [...text].map(character => {
    const code = beyondLatin.get(character) ?? character.codePointAt(0) ?? 0x3f;
    return code > 0xff || code < 0x20 || (code >= 0x7f && code < 0xa0 && !beyondLatin.has(character))
      ? 0x3f
      : code;
  });
  const written = bytes.map(code =>
    code < 0x7f
      ? String.fromCharCode(code).replace(/[\\()]/g, '\\$&')
      : `\\${code.toString(8).padStart(3, '0')}`,
  );
  return `(${written.join('')})`;
}

const fixed = (value: number): string => String(Number(value.toFixed(2)));

/** PDF counts from the lower edge. */
function operators(shape: Shape): string {
  if (shape.kind === 'text') {
    const { x, y, size, isBold, text } = shape;
    return `BT /${isBold ? 'B' : 'R'} ${fixed(size)} Tf ${fixed(x)} ${fixed(page.height - y)} Td ${pdfString(text)} Tj ET`;
  }
  const { x, y, width, height, grey, isFilled } = shape;
  const box = [x, page.height - y - height, width, height].map(fixed).join(' ');
  return isFilled ? `${fixed(grey)} g ${box} re f 0 g` : `0 G ${box} re S`;
}

const fontObject = (name: string): string =>
  `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;

/** The label as a PDF file of one page; the same facts give the same bytes. */
export function labelPdf(facts: LabelFacts): Buffer {
  const content = labelShapes(facts).map(operators).join('\n');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${page.width} ${page.height}] /Resources << /Font << /R 4 0 R /B 5 0 R >> >> /Contents 6 0 R >>`,
    fontObject('Helvetica'),
    fontObject('Helvetica-Bold'),
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    `<< /Title ${pdfString(`littlefirst energy label: ${facts.word}, ${facts.block}`)} /Creator (littlefirst) >>`,
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const offset = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const entries = offsets.map(offset => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 7 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}
