import type { Random } from '../../data/random.js';
import type { NetSpec } from '../nets.js';
import { Layer } from './layer.js';
import { Store } from './store.js';

/** True for what `ConvolutionNet` can train: one branch of normalised layers without pooling, average and largest of each filter, logits. */
export function isPlain({ branches, layers, head, hidden }: NetSpec): boolean {
  return (
    branches.length === 1 &&
    layers.length > 0 &&
    layers.every(layer => layer.kind === 'separable' || (layer.batchNorm && layer.pool === 1)) &&
    head === 'average-max' &&
    hidden.length === 0
  );
}

/** A network of plain loops with its gradients; parameters have the names and shapes of `createState` in `nets.ts`. */
export class ConvolutionNet {
  readonly store = new Store();
  /** Logits of the last `forward`, [batch][classes]. */
  readonly logits: Float64Array;
  readonly #spec: NetSpec;
  readonly #layers: Layer[];
  readonly #features: Float64Array;
  /** What dropout multiplies the features by. */
  readonly #mask: Float64Array;
  /** Row of each filter's largest value. */
  readonly #peaks: Int32Array;
  readonly #outputGradient: Float64Array;

  /** @param batch largest number of examples at once */
  constructor(spec: NetSpec, batch: number, random: Random) {
    this.#spec = spec;
    const { store } = this;
    let { rows } = spec;
    let [channels] = spec.branches;
    this.#layers = spec.layers.map((layer, l) => {
      const key = `b0.l${l}`;
      const inner = layer.kind === 'separable' ? channels : layer.kernel * channels;
      if (layer.kind === 'separable')
        store.addNormal(`${key}.dw`, [layer.kernel, channels], Math.sqrt(1 / layer.kernel), random);
      store.addNormal(`${key}.w`, [inner, layer.filters], Math.sqrt(2 / inner), random);
      store.addConstant(`${key}.b`, layer.filters, 0, true);
      store.addConstant(`${key}.gamma`, layer.filters, 1, true);
      store.addConstant(`${key}.mean`, layer.filters, 0, false);
      store.addConstant(`${key}.var`, layer.filters, 1, false);
      const made = new Layer(layer, key, rows, channels, batch, store);
      rows = made.outRows;
      channels = layer.filters;
      return made;
    });
    const width = 2 * channels;
    store.addNormal('d0.w', [width, spec.classes], Math.sqrt(1 / width), random);
    store.addConstant('d0.b', spec.classes, 0, true);
    this.logits = new Float64Array(batch * spec.classes);
    this.#features = new Float64Array(batch * width);
    this.#mask = new Float64Array(batch * width);
    this.#peaks = new Int32Array(batch * channels);
    this.#outputGradient = new Float64Array(batch * rows * channels);
  }

  /** @param random of dropout: training; absent: the followed statistics and no dropout */
  forward(input: Float64Array, batch: number, random?: Random): void {
    let x = input;
    for (const layer of this.#layers) {
      layer.forward(x, batch, random !== undefined);
      x = layer.output;
    }
    const { outRows, filters } = this.#layers.at(-1)!;
    const { classes, dropout } = this.#spec;
    const width = 2 * filters;
    const [features, mask] = [this.#features, this.#mask];
    for (let b = 0; b < batch; b++) {
      for (let f = 0; f < filters; f++) {
        let sum = 0;
        let peak = 0;
        for (let o = 0, at = b * outRows * filters + f; o < outRows; o++, at += filters) {
          sum += x[at];
          if (x[at] > x[(b * outRows + peak) * filters + f]) peak = o;
        }
        features[b * width + f] = sum / outRows;
        features[b * width + filters + f] = x[(b * outRows + peak) * filters + f];
        this.#peaks[b * filters + f] = peak;
      }
    }
    for (let i = 0; i < batch * width; i++) {
      const kept = random === undefined || random.uniform() >= dropout;
      mask[i] = random === undefined ? 1 : kept ? 1 / (1 - dropout) : 0;
    }
    const [w, bias] = [this.store.value('d0.w'), this.store.value('d0.b')];
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < classes; c++) {
        let sum = bias[c];
        for (let i = 0, at = b * width; i < width; i++, at++)
          sum += features[at] * mask[at] * w[i * classes + c];
        this.logits[b * classes + c] = sum;
      }
    }
  }

  /** Puts the gradients of all parameters into the store. @param gradient of the loss by the logits, [batch][classes] */
  backward(gradient: Float64Array, batch: number): void {
    const { outRows, filters } = this.#layers.at(-1)!;
    const { classes } = this.#spec;
    const width = 2 * filters;
    const w = this.store.value('d0.w');
    const [wGradient, biasGradient] = [
      this.store.gradient('d0.w').fill(0),
      this.store.gradient('d0.b').fill(0),
    ];
    const output = this.#outputGradient.fill(0);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < classes; c++) biasGradient[c] += gradient[b * classes + c];
      for (let i = 0; i < width; i++) {
        const at = b * width + i;
        let back = 0;
        for (let c = 0; c < classes; c++) {
          const d = gradient[b * classes + c];
          wGradient[i * classes + c] += this.#features[at] * this.#mask[at] * d;
          back += w[i * classes + c] * d;
        }
        back *= this.#mask[at];
        const f = i < filters ? i : i - filters;
        const rows = b * outRows;
        if (i < filters) for (let o = 0; o < outRows; o++) output[(rows + o) * filters + f] += back / outRows;
        else output[(rows + this.#peaks[b * filters + f]) * filters + f] += back;
      }
    }
    let x = output;
    for (let l = this.#layers.length - 1; l >= 0; l--) {
      this.#layers[l].backward(x, batch, l === 0);
      x = this.#layers[l].inputGradient;
    }
  }
}
