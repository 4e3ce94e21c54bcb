import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { LittlefirstError } from '../../errors.js';
import { type Counts, GoldenNetwork } from '../../model/golden/network.js';
import { type ActivationFormat, activationFormat } from '../../model/tflite/quantisation.js';
import { readTflite } from '../../model/tflite/read.js';
import { elementCount } from '../../model/tflite/shapes.js';
import type { MlperfSample } from '../../wire/dut/mlperf/folder.js';
import type { MlperfGolden } from './bench-file.js';

/** Counts of one input, as the reference firmware makes them of the bytes that it was sent. */
function countsOf(
  bytes: Uint8Array,
  input: MlperfGolden['input'],
  { type, scale, zeroPoint, low, high }: ActivationFormat,
): Counts {
  const size = input === 'float32' ? 4 : 1;
  const counts = new (type === 'int8' ? Int8Array : Uint8Array)(Math.floor(bytes.length / size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < counts.length; i += 1) {
    if (input === 'counts') counts[i] = bytes[i];
    else if (input === 'minus-128') counts[i] = bytes[i] - 128;
    else
      counts[i] = Math.min(high, Math.max(low, Math.round(view.getFloat32(4 * i, true) / scale) + zeroPoint));
  }
  return counts;
}

/**
 * What a DUT that runs a given model must print. TensorFlow Lite's reference arithmetic; outputs dequantised as
 * `scale (count - zero point)`, as `th_results` of the reference firmware does (mlcommons/tiny, submitter_implemented.cpp).
 */
export class StrangerGolden {
  readonly sha256: string;
  readonly name: string;
  private readonly network: GoldenNetwork;
  private readonly from: ActivationFormat;
  private readonly to: ActivationFormat;
  private readonly inputCount: number;
  private readonly known = new Map<string, number[]>();

  private constructor(
    readonly options: MlperfGolden,
    readonly bytes: Uint8Array,
  ) {
    this.sha256 = createHash('sha256').update(bytes).digest('hex');
    this.name = basename(options.model);
    const network = readTflite(bytes, this.name);
    if (network.inputs.length !== 1 || network.outputs.length !== 1)
      throw new LittlefirstError(
        'LF_MODEL_UNSUPPORTED',
        `${this.name} does not fit the MLPerf Tiny protocol`,
        {
          expected: 'one input and one output',
          received: `${network.inputs.length} and ${network.outputs.length}`,
        },
      );
    this.network = new GoldenNetwork(network);
    const [input] = network.inputs;
    this.from = activationFormat(network.tensors[input], this.name);
    this.to = activationFormat(network.tensors[network.outputs[0]], this.name);
    this.inputCount = elementCount(network.tensors[input].shape);
  }

  /** @throws LF_MODEL_MISSING, LF_MODEL_CORRUPT, LF_MODEL_UNSUPPORTED */
  static async load(options: MlperfGolden): Promise<StrangerGolden> {
    const bytes = await readFile(options.model).catch((cause: unknown) => {
      throw new LittlefirstError('LF_MODEL_MISSING', `Cannot read ${options.model}`, {
        expected: 'the .tflite file that the DUT runs',
        hint: 'correct golden.model in the bench file',
        cause,
      });
    });
    return new StrangerGolden(options, bytes);
  }

  /** Multiply-adds of one inference. */
  get macs(): number {
    return this.network.macs;
  }

  /**
   * Mean outputs over the parts of an input.
   * @param all every part, or only the first, as modes other than accuracy send
   * @throws LF_CONFIG_INVALID when the bytes are not as many as the model's input takes
   */
  async outputs(sample: MlperfSample, all: boolean): Promise<number[]> {
    const key = `${sample.file}${all ? '' : ' first'}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const parts = all ? sample.parts : sample.parts.slice(0, 1);
    const sums: number[] = [];
    for (const part of parts) {
      /* Networks of this benchmark take up to a second: other work must have its turn. */
      await setImmediate();
      this.run(part, sample.file).forEach((value, i) => {
        sums[i] = (sums[i] ?? 0) + value;
      });
    }
    const means = sums.map(sum => sum / parts.length);
    this.known.set(key, means);
    return means;
  }

  private run(part: Uint8Array, file: string): number[] {
    const { input } = this.options;
    const wanted = this.inputCount * (input === 'float32' ? 4 : 1);
    if (part.length !== wanted)
      throw new LittlefirstError('LF_CONFIG_INVALID', `${file} does not fit ${this.name}`, {
        expected: `${wanted} bytes (golden.input: ${input})`,
        received: `${part.length}`,
        hint: 'does golden.model name the model that this data folder is for?',
      });
    const [counts] = this.network.run([countsOf(part, input, this.from)]);
    return Array.from(counts, count => this.to.scale * (count - this.to.zeroPoint));
  }
}
