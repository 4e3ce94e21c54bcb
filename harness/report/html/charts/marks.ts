import { across, element, pixels } from './svg.js';

/** Shapes and patterns that series and parts are told apart by, so that nobody needs their colours. */

const shapes: readonly (readonly [name: string, path: string])[] = [
  ['circle', 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z'],
  ['square', 'M-4.5-4.5H4.5V4.5H-4.5Z'],
  ['triangle', 'M0-5.5L5.5 4.5H-5.5Z'],
  ['diamond', 'M0-6.5L6 0L0 6.5L-6 0Z'],
  ['cross', 'M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z'],
  ['down', 'M0 5.5L5.5-4.5H-5.5Z'],
  ['star', 'M0-6.5L1.7-2.2L6.3-2L2.7 .9L3.9 5.4L0 2.8L-3.9 5.4L-2.7 .9L-6.3-2L-1.7-2.2Z'],
  ['hourglass', 'M-5-5.5H5L-5 5.5H5Z'],
];

const symbolId = (series: number): string => `mark-${shapes[series % shapes.length][0]}`;

/** Series have as many colours as shapes. */
export const seriesClass = (series: number): string => `s${series % shapes.length}`;

/** The parts of a window's energy, by class; Big is hatched as well. */
export const partNames = { gate: 'gate / Little', big: 'Big', other: 'other processing' } as const;
export type PartName = keyof typeof partNames;

/** What drawings refer to; once a page. */
export const definitions = element('svg', { class: 'defs', width: 0, height: 0, 'aria-hidden': 'true' }, [
  element('defs', {}, [
    ...shapes.map(([name, d]) => element('path', { id: `mark-${name}`, d })),
    element('pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse' }, [
      element('rect', { width: 5, height: 5, class: 'big' }),
      element('path', { d: 'M-1 6L6-1M-1 1L1-1M4 6L6 4', class: 'hatching' }),
    ]),
  ]),
]);

/** The shape of a series at a point; `x` as a share of the width, `y` in pixels. */
export const mark = (series: number, x: number, y: number, more = ''): string =>
  element('use', {
    href: `#${symbolId(series)}`,
    x: across(x),
    y: pixels(y),
    class: `${seriesClass(series)}${more === '' ? '' : ` ${more}`}`,
  });

/** The shape of a series within a line of text. */
export const inlineMark = (series: number): string =>
  element('svg', { class: 'key', width: 14, height: 14, 'aria-hidden': 'true' }, [
    element('use', { href: `#${symbolId(series)}`, x: 7, y: 7, class: seriesClass(series) }),
  ]);

/** A piece of a bar's part within a line of text. */
export const inlinePart = (part: PartName): string =>
  element('svg', { class: 'key', width: 16, height: 11, 'aria-hidden': 'true' }, [
    element('rect', { width: 16, height: 11, class: `part ${part}` }),
  ]);

const cap = 4;

/** An interval along the x axis. */
export const whiskerAcross = (low: number, high: number, y: number, more = ''): string =>
  element('g', { class: `whisker ${more}`.trim() }, [
    element('line', { x1: across(low), x2: across(high), y1: pixels(y), y2: pixels(y) }),
    ...[low, high].map(end =>
      element('line', { x1: across(end), x2: across(end), y1: pixels(y - cap), y2: pixels(y + cap) }),
    ),
  ]);

/** An interval along the y axis, in pixels. */
export const whiskerUp = (x: number, low: number, high: number, more = ''): string =>
  element('svg', { x: across(x), y: 0, class: `whisker ${more}`.trim() }, [
    element('path', {
      d: `M0 ${pixels(low)}V${pixels(high)}M${-cap} ${pixels(low)}H${cap}M${-cap} ${pixels(high)}H${cap}`,
    }),
  ]);
