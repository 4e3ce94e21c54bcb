import { visible } from '../../visible.js';
import { element, textElement, titleElement } from '../html/charts/svg.js';
import type { LabelFacts } from './facts.js';
import { labelShapes, page, type Shape } from './layout.js';

const greyText = (grey: number): string => {
  const level = Math.round(grey * 255);
  return `rgb(${level},${level},${level})`;
};

function shapeElement(shape: Shape): string {
  if (shape.kind === 'text') {
    const { x, y, size, isBold, text } = shape;
    return textElement(text, {
      x,
      y: Number(y.toFixed(2)),
      'font-size': size,
      'font-weight': isBold ? 700 : undefined,
    });
  }
  const { x, y, width, height, grey, isFilled } = shape;
  return element('rect', {
    x: Number(x.toFixed(2)),
    y: Number(y.toFixed(2)),
    width: Number(width.toFixed(2)),
    height,
    fill: isFilled ? greyText(grey) : 'none',
    stroke: isFilled ? undefined : '#000',
  });
}

/** The label as an SVG file; it asks for no font and no other file, and strangers' names are harmless in it. */
export function labelSvg(facts: LabelFacts): string {
  const told = facts.figures.map(({ name, value }) => `${name}: ${value}`).join('; ');
  return `${visible(
    element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        width: page.width,
        height: page.height,
        viewBox: `0 0 ${page.width} ${page.height}`,
        role: 'img',
        'font-family': 'Helvetica, Arial, sans-serif',
      },
      [
        titleElement(`${facts.word}, ${facts.block}. ${told}`),
        element('rect', { width: page.width, height: page.height, fill: '#fff' }),
        ...labelShapes(facts).map(shapeElement),
      ],
    ),
  )}\n`;
}
