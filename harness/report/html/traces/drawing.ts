import { plot } from '../charts/plot.js';
import { linearScale, type Scale } from '../charts/scale.js';
import { element, pixels, textElement } from '../charts/svg.js';
import { endOf, largestOf, type Samples } from './samples.js';

/** The drawing of traces, which is whole without the viewer; that reads and changes what has a `data-` name here. */

export const currentHeight = 150;
const laneHeight = 26;
const lanesTop = currentHeight + 10;
/** Units of the inner drawing, which is stretched to the screen: the viewer zooms by its view box. */
export const innerWidth = 10_000;
const innerHeight = 1_000;

/** Marker states from the top, with the class of their colour. */
const lanes = [
  { marker: '1', name: 'gate', part: 'gate' },
  { marker: '2', name: 'Big', part: 'big' },
  { marker: '3', name: 'transfer / other', part: 'other' },
];

/** How times and currents of some traces are written. */
export interface Units {
  time: { perNanosecond: number; name: string };
  current: { perAmpere: number; name: string };
  x: Scale;
  y: Scale;
  endNanoseconds: number;
  topAmperes: number;
}

/** Units and scales that hold all of some traces. */
export function unitsOf(all: readonly Samples[]): Units {
  const endNanoseconds = Math.max(1, ...all.map(endOf));
  const largest = Math.max(1e-9, ...all.map(largestOf));
  const [perNanosecond, time] =
    endNanoseconds < 2e6 ? [1e-3, 'µs'] : endNanoseconds < 2e9 ? [1e-6, 'ms'] : [1e-9, 's'];
  const [perAmpere, current] = largest < 1e-3 ? [1e6, 'µA'] : [1e3, 'mA'];
  const end = endNanoseconds * perNanosecond;
  const y = linearScale(0, largest * perAmpere, { count: 3 });
  const topAmperes = 1 / (y.of(perAmpere) - y.of(0));
  return {
    time: { perNanosecond, name: time },
    current: { perAmpere, name: current },
    x: linearScale(0, end, { count: 4, end }),
    y,
    endNanoseconds,
    topAmperes,
  };
}

/** A step line in the units of the inner drawing. */
export function stepPath({ nanoseconds, amperes }: Samples, { endNanoseconds, topAmperes }: Units): string {
  const x = (ns: number) => Math.round((ns / endNanoseconds) * innerWidth);
  const y = (amps: number) => Math.round(innerHeight * (1 - amps / topAmperes));
  let path = `M0 ${y(amperes[0])}`;
  let [atX, atY] = [0, y(amperes[0])];
  for (let i = 1; i < nanoseconds.length; i += 1) {
    const [nextX, nextY] = [x(nanoseconds[i]), y(amperes[i])];
    if (nextY === atY) continue;
    if (nextX !== atX) path += `H${nextX}`;
    path += `V${nextY}`;
    [atX, atY] = [nextX, nextY];
  }
  return `${path}H${x(nanoseconds[nanoseconds.length - 1])}`;
}

/** Runs of one state of the marker lines, in the units of the inner drawing. */
function stretches({ nanoseconds, marker }: Samples, state: string, end: number): string[] {
  const pieces: string[] = [];
  for (let i = 0; i < marker.length - 1; i += 1) {
    if (String(marker[i]) !== state) continue;
    const from = i;
    while (i < marker.length - 1 && String(marker[i]) === state) i += 1;
    const [x1, x2] = [from, i].map(at => Math.round((nanoseconds[at] / end) * innerWidth));
    pieces.push(`M${x1} 0H${Math.max(x2, x1 + 1)}V1H${x1}Z`);
  }
  return pieces;
}

const inner = (y: number, height: number, viewBox: string, children: readonly string[]): string =>
  element(
    'svg',
    { x: 0, y, width: '100%', height, viewBox, preserveAspectRatio: 'none', 'data-inner': '' },
    children,
  );

function laneMarks(samples: Samples, { endNanoseconds }: Units): string[] {
  return lanes.flatMap(({ marker, name, part }, i) => {
    const y = lanesTop + i * laneHeight;
    return [
      textElement(name, { x: 0, y: y + 10, class: 'lane' }),
      inner(y + 13, 10, `0 0 ${innerWidth} 1`, [
        element('path', {
          class: `stretch ${part}`,
          d: stretches(samples, marker, endNanoseconds).join(''),
        }),
      ]),
    ];
  });
}

/** Current over time of one trace, with the marker lines; of several, one above the other. */
export function traceDrawing(all: readonly Samples[], units: Units, finding: string): string {
  const isOne = all.length === 1;
  const lines = all.map((samples, i) => {
    const d = stepPath(samples, units);
    return [
      ...(isOne ? [element('path', { class: 'area', d: `${d}V${innerHeight}H0Z`, 'data-area': '' })] : []),
      element('path', { class: `line line-${i}`, d, ...(i === 0 ? { 'data-line': '' } : {}) }),
    ].join('');
  });
  const height = isOne ? lanesTop + lanes.length * laneHeight : currentHeight;
  const share = currentHeight / height;
  const y: Scale = {
    of: value => 1 - share + units.y.of(value) * share,
    ticks: units.y.ticks.map(({ at, text }) => ({ at: 1 - share + at * share, text })),
  };
  return plot(
    {
      height: pixels(height),
      finding,
      left: 56,
      x: units.x,
      y,
      marks: [
        inner(0, currentHeight, `0 0 ${innerWidth} ${innerHeight}`, lines),
        ...(isOne ? laneMarks(all[0], units) : []),
      ],
    },
    true,
  );
}
