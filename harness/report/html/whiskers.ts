import type { CustomSeriesOption } from 'echarts';

/** 95 % intervals drawn as thin lines with caps. */

export interface Whisker {
  /** Position on the other axis: an index of a category axis, or a value. */
  at: number;
  low: number;
  high: number;
}

/**
 * A custom series of whiskers.
 * @param along the axis that the interval lies on
 * @param colour of the lines
 */
export function whiskerSeries(
  along: 'x' | 'y',
  whiskers: readonly Whisker[],
  colour: string,
): CustomSeriesOption {
  const cap = 3.5;
  return {
    type: 'custom',
    silent: true,
    z: 5,
    encode: along === 'x' ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] },
    data: whiskers.map(({ at, low, high }) => [at, low, high]),
    renderItem: (_params, api) => {
      const at = api.value(0);
      const point = (value: number | string) => api.coord(along === 'x' ? [value, at] : [at, value]);
      const [x1, y1] = point(api.value(1));
      const [x2, y2] = point(api.value(2));
      const line = (ax: number, ay: number, bx: number, by: number) => ({
        type: 'line' as const,
        shape: { x1: ax, y1: ay, x2: bx, y2: by },
        style: { stroke: colour, lineWidth: 1 },
      });
      const [dx, dy] = along === 'x' ? [0, cap] : [cap, 0];
      return {
        type: 'group',
        children: [
          line(x1, y1, x2, y2),
          line(x1 - dx, y1 - dy, x1 + dx, y1 + dy),
          line(x2 - dx, y2 - dy, x2 + dx, y2 + dy),
        ],
      };
    },
  };
}
