/** SVG elements as text. Everything that is written passes the escaping here. */

const escaped = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);

type Attributes = Readonly<Record<string, string | number | undefined>>;

const attributesText = (attributes: Attributes): string =>
  Object.entries(attributes)
    .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${escaped(String(value))}"`]))
    .join('');

/** An element with other elements in it. */
export const element = (name: string, attributes: Attributes, children: readonly string[] = []): string =>
  children.length === 0
    ? `<${name}${attributesText(attributes)}/>`
    : `<${name}${attributesText(attributes)}>${children.join('')}</${name}>`;

/** A line of text. */
export const textElement = (text: string, attributes: Attributes): string =>
  `<text${attributesText(attributes)}>${escaped(text)}</text>`;

/** A tooltip, and what a screen reader says of its parent. */
export const titleElement = (text: string): string => `<title>${escaped(text)}</title>`;

/** A share of the drawing's width. Drawings have no view box: their width is the screen's, and text keeps its size at any. */
export const across = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

/** A coordinate in pixels. */
export const pixels = (value: number): number => Number(value.toFixed(1));
