import { batchNormEpsilon, batchNormMomentum, type LayerSpec, samePadding } from '../nets.js';
import { multiply, multiplyTransposed, transpose } from './products.js';
import type { Store } from './store.js';

/**
 * One convolution, or a depthwise one and its 1x1 convolution, with batch normalisation and ReLU: forward on a batch, and the
 * gradients of its parameters and of its input.
 */
export class Layer {
  readonly outRows: number;
  readonly filters: number;
  /** Output of the last `forward`, [batch][outRows][filters]. */
  readonly output: Float64Array;
  /** Gradient of the input after `backward`, [batch][rows][channels]. */
  readonly inputGradient: Float64Array;
  readonly #spec: LayerSpec;
  readonly #rows: number;
  readonly #channels: number;
  readonly #before: number;
  /** Length of a row of `#columns`: what the matrix product sums over. */
  readonly #inner: number;
  readonly #key: string;
  readonly #store: Store;
  readonly #columns: Float64Array;
  readonly #columnsGradient: Float64Array;
  readonly #normal: Float64Array;
  readonly #productGradient: Float64Array;
  readonly #transposed: Float64Array;
  readonly #gain: Float64Array;
  #input: Float64Array = new Float64Array();

  constructor(spec: LayerSpec, key: string, rows: number, channels: number, batch: number, store: Store) {
    this.#spec = spec;
    this.#rows = rows;
    this.#channels = channels;
    [this.#before] = samePadding(rows, spec.kernel, spec.stride);
    this.#key = key;
    this.#store = store;
    this.#inner = spec.kind === 'separable' ? channels : spec.kernel * channels;
    this.filters = spec.filters;
    this.outRows = Math.ceil(rows / spec.stride);
    const outputs = batch * this.outRows;
    this.#columns = new Float64Array(outputs * this.#inner);
    this.#columnsGradient = new Float64Array(outputs * this.#inner);
    this.#normal = new Float64Array(outputs * this.filters);
    this.#productGradient = new Float64Array(outputs * this.filters);
    this.#transposed = new Float64Array(this.#inner * this.filters);
    this.#gain = new Float64Array(this.filters);
    this.output = new Float64Array(outputs * this.filters);
    this.inputGradient = new Float64Array(batch * rows * channels);
  }

  /**
   * @param training normalises by the batch and follows its statistics; otherwise by the followed ones
   */
  forward(input: Float64Array, batch: number, training: boolean): void {
    this.#input = input;
    this.#gather(batch);
    const { filters } = this;
    const count = batch * this.outRows;
    multiply(this.#columns, this.#value('w'), this.#normal, count, this.#inner, filters);
    const [mean, variance] = this.#statistics(count, training);
    const [gamma, beta] = [this.#value('gamma'), this.#value('b')];
    for (let f = 0; f < filters; f++) this.#gain[f] = 1 / Math.sqrt(variance[f] + batchNormEpsilon);
    const [normal, output, gain] = [this.#normal, this.output, this.#gain];
    for (let at = 0; at < count * filters; ) {
      for (let f = 0; f < filters; f++, at++) {
        const z = (normal[at] - mean[f]) * gain[f];
        normal[at] = z;
        const y = z * gamma[f] + beta[f];
        output[at] = Math.max(y, 0);
      }
    }
  }

  /**
   * Puts the gradients of the parameters into the store and, unless it is the first layer, that of the input into `inputGradient`.
   * @param gradient of the output; overwritten
   */
  backward(gradient: Float64Array, batch: number, first: boolean): void {
    const { filters, output } = this;
    const count = batch * this.outRows;
    const [gamma, gammaGradient, betaGradient] = [
      this.#value('gamma'),
      this.#gradient('gamma').fill(0),
      this.#gradient('b').fill(0),
    ];
    const [normal, product, gain] = [this.#normal, this.#productGradient, this.#gain];
    for (let at = 0; at < count * filters; ) {
      for (let f = 0; f < filters; f++, at++) {
        const d = output[at] > 0 ? gradient[at] : 0;
        gradient[at] = d;
        betaGradient[f] += d;
        gammaGradient[f] += d * normal[at];
      }
    }
    for (let at = 0; at < count * filters; ) {
      for (let f = 0; f < filters; f++, at++) {
        const centred = gradient[at] - betaGradient[f] / count - (normal[at] * gammaGradient[f]) / count;
        product[at] = gamma[f] * gain[f] * centred;
      }
    }
    multiplyTransposed(this.#columns, product, this.#gradient('w'), count, this.#inner, filters);
    if (first && this.#spec.kind === 'conv') return;
    transpose(this.#value('w'), this.#transposed, this.#inner, filters);
    multiply(product, this.#transposed, this.#columnsGradient, count, filters, this.#inner);
    this.#scatter(batch, first);
  }

  #value(name: string): Float64Array {
    return this.#store.value(`${this.#key}.${name}`);
  }

  #gradient(name: string): Float64Array {
    return this.#store.gradient(`${this.#key}.${name}`);
  }

  /** Mean and variance of each filter over the batch, which the followed ones approach; or the followed ones. */
  #statistics(count: number, training: boolean): [Float64Array, Float64Array] {
    const followed: [Float64Array, Float64Array] = [this.#value('mean'), this.#value('var')];
    if (!training) return followed;
    const { filters } = this;
    const [mean, variance] = [new Float64Array(filters), new Float64Array(filters)];
    const normal = this.#normal;
    for (let at = 0; at < count * filters; ) for (let f = 0; f < filters; f++) mean[f] += normal[at++];
    for (let f = 0; f < filters; f++) mean[f] /= count;
    for (let at = 0; at < count * filters; ) {
      for (let f = 0; f < filters; f++, at++) variance[f] += (normal[at] - mean[f]) ** 2;
    }
    for (let f = 0; f < filters; f++) variance[f] /= count;
    [mean, variance].forEach((now, i) => {
      for (let f = 0; f < filters; f++) followed[i][f] += (now[f] - followed[i][f]) * (1 - batchNormMomentum);
    });
    return [mean, variance];
  }

  /** Calls back for every tap inside the window: the first index of its input, of its output or column, and the tap. */
  #taps(batch: number, visit: (input: number, output: number, tap: number) => void): void {
    const { kernel, stride } = this.#spec;
    for (let b = 0, output = 0; b < batch; b++) {
      for (let o = 0; o < this.outRows; o++, output++) {
        const from = o * stride - this.#before;
        const last = Math.min(kernel, this.#rows - from);
        for (let k = Math.max(0, -from); k < last; k++)
          visit((b * this.#rows + from + k) * this.#channels, output * this.#inner, k);
      }
    }
  }

  /** The rows that the matrix product takes: the taps beside one another, or, separable, the depthwise convolution. */
  #gather(batch: number): void {
    const [columns, input, channels] = [this.#columns, this.#input, this.#channels];
    columns.fill(0, 0, batch * this.outRows * this.#inner);
    if (this.#spec.kind === 'conv') {
      this.#taps(batch, (from, to, k) => {
        for (let c = 0, at = to + k * channels; c < channels; c++) columns[at + c] = input[from + c];
      });
      return;
    }
    const taps = this.#value('dw');
    this.#taps(batch, (from, to, k) => {
      for (let c = 0, w = k * channels; c < channels; c++) columns[to + c] += input[from + c] * taps[w + c];
    });
  }

  /** The reverse of `#gather` for gradients; the depthwise taps' too. */
  #scatter(batch: number, first: boolean): void {
    const [gradient, input, channels] = [this.#columnsGradient, this.#input, this.#channels];
    const back = this.inputGradient;
    if (!first) back.fill(0, 0, batch * this.#rows * channels);
    if (this.#spec.kind === 'conv') {
      this.#taps(batch, (to, from, k) => {
        for (let c = 0, at = from + k * channels; c < channels; c++) back[to + c] += gradient[at + c];
      });
      return;
    }
    const [taps, tapsGradient] = [this.#value('dw'), this.#gradient('dw').fill(0)];
    this.#taps(batch, (to, from, k) => {
      for (let c = 0, w = k * channels; c < channels; c++) {
        tapsGradient[w + c] += gradient[from + c] * input[to + c];
        if (!first) back[to + c] += gradient[from + c] * taps[w + c];
      }
    });
  }
}
