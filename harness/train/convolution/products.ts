/**
 * Matrix products in tiles whose sums stay in registers; row-major 64-bit matrices, since V8 converts every 32-bit access. The order of
 * additions is fixed, so results are the same bits everywhere.
 */

/** y[rows][columns] = x[rows][inner] w[inner][columns]. */
export function multiply(
  x: Float64Array,
  w: Float64Array,
  y: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): void {
  const wholeRows = rows - (rows % 4);
  const wholeColumns = columns - (columns % 2);
  for (let r = 0; r < wholeRows; r += 4) {
    const [x0, y0] = [r * inner, r * columns];
    for (let c = 0; c < wholeColumns; c += 2) {
      let a00 = 0;
      let a01 = 0;
      let a10 = 0;
      let a11 = 0;
      let a20 = 0;
      let a21 = 0;
      let a30 = 0;
      let a31 = 0;
      let at = x0;
      for (let k = 0, p = c; k < inner; k++, p += columns, at++) {
        const w0 = w[p];
        const w1 = w[p + 1];
        const v0 = x[at];
        const v1 = x[at + inner];
        const v2 = x[at + 2 * inner];
        const v3 = x[at + 3 * inner];
        a00 += v0 * w0;
        a01 += v0 * w1;
        a10 += v1 * w0;
        a11 += v1 * w1;
        a20 += v2 * w0;
        a21 += v2 * w1;
        a30 += v3 * w0;
        a31 += v3 * w1;
      }
      const to = y0 + c;
      y[to] = a00;
      y[to + 1] = a01;
      y[to + columns] = a10;
      y[to + columns + 1] = a11;
      y[to + 2 * columns] = a20;
      y[to + 2 * columns + 1] = a21;
      y[to + 3 * columns] = a30;
      y[to + 3 * columns + 1] = a31;
    }
  }
  const single = (r: number, c: number): void => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += x[r * inner + k] * w[k * columns + c];
    y[r * columns + c] = sum;
  };
  for (let r = 0; r < wholeRows; r++) for (let c = wholeColumns; c < columns; c++) single(r, c);
  for (let r = wholeRows; r < rows; r++) for (let c = 0; c < columns; c++) single(r, c);
}

/** Rows that are summed before the next tile: they stay in the first cache. */
const chunkRows = 64;

/** g[left][right] = transposed x[rows][left] times d[rows][right]. */
export function multiplyTransposed(
  x: Float64Array,
  d: Float64Array,
  g: Float64Array,
  rows: number,
  left: number,
  right: number,
): void {
  g.fill(0);
  const wholeLeft = left - (left % 4);
  const wholeRight = right - (right % 2);
  for (let from = 0; from < rows; from += chunkRows) {
    const to = Math.min(rows, from + chunkRows);
    for (let i = 0; i < wholeLeft; i += 4) {
      for (let j = 0; j < wholeRight; j += 2) {
        let a00 = 0;
        let a01 = 0;
        let a10 = 0;
        let a11 = 0;
        let a20 = 0;
        let a21 = 0;
        let a30 = 0;
        let a31 = 0;
        let p = from * left + i;
        let q = from * right + j;
        for (let r = from; r < to; r++, p += left, q += right) {
          const d0 = d[q];
          const d1 = d[q + 1];
          const v0 = x[p];
          const v1 = x[p + 1];
          const v2 = x[p + 2];
          const v3 = x[p + 3];
          a00 += v0 * d0;
          a01 += v0 * d1;
          a10 += v1 * d0;
          a11 += v1 * d1;
          a20 += v2 * d0;
          a21 += v2 * d1;
          a30 += v3 * d0;
          a31 += v3 * d1;
        }
        const at = i * right + j;
        g[at] += a00;
        g[at + 1] += a01;
        g[at + right] += a10;
        g[at + right + 1] += a11;
        g[at + 2 * right] += a20;
        g[at + 2 * right + 1] += a21;
        g[at + 3 * right] += a30;
        g[at + 3 * right + 1] += a31;
      }
    }
    const single = (i: number, j: number): void => {
      let sum = 0;
      for (let r = from; r < to; r++) sum += x[r * left + i] * d[r * right + j];
      g[i * right + j] += sum;
    };
    for (let i = 0; i < wholeLeft; i++) for (let j = wholeRight; j < right; j++) single(i, j);
    for (let i = wholeLeft; i < left; i++) for (let j = 0; j < right; j++) single(i, j);
  }
}

/** to[columns][rows] = transposed from[rows][columns]. */
export function transpose(from: Float64Array, to: Float64Array, rows: number, columns: number): void {
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
}
