import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findReferenceModelsForTests } from '../../data/locate.js';
import { packagePath } from '../../package-root.js';
import { compileEngine, runOnHost } from '../../testing/host/pack.js';
import { hostBoard } from '../../testing/host/program.js';
import { tinyBundle, tinyFiles, tinyNames } from '../../testing/model/tiny.js';
import { packBundle } from '../pack/bundle.js';
import { readTflite } from '../tflite/read.js';
import { elementCount } from '../tflite/shapes.js';
import { GoldenNetwork } from './network.js';

interface Vector {
  network: string;
  inputs: string[][];
  tensors: Record<string, string>[];
}

const folder = packagePath('fixtures', 'vectors');
const vectors = readdirSync(folder)
  .filter(file => file.endsWith('.json'))
  .map(file => ({
    name: file.replace('.json', ''),
    vector: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector,
  }));

const counts = (base64: string): Int8Array => Int8Array.from(Buffer.from(base64, 'base64'));

describe("answers of TensorFlow Lite Micro's reference kernels", () => {
  it('should be those of at least twenty networks', () => {
    expect(vectors.length).to.be.at.least(20);
  });

  for (const { name, vector } of vectors) {
    it(`should be the golden interpreter's in every tensor: ${name}`, () => {
      const golden = new GoldenNetwork(readTflite(Buffer.from(vector.network, 'base64'), name));
      vector.inputs.forEach((set, index) => {
        golden.run(set.map(counts));
        for (const [tensor, expected] of Object.entries(vector.tensors[index])) {
          const values = golden.intermediate(Number(tensor))!;
          expect(Array.from(values), `set ${index}, tensor ${tensor}`).to.deep.equal([...counts(expected)]);
        }
      });
    });
  }

  it("should be the firmware's reference kernels' too", function () {
    this.timeout(600_000);
    const program = compileEngine();
    const alone = vectors.flatMap(({ name, vector }) => {
      const network = readTflite(Buffer.from(vector.network, 'base64'), name);
      const dilated = network.operators.some(operator => 'dilationH' in operator && operator.dilationH > 1);
      return network.inputs.length === 1 && !dilated ? [{ name, vector, network }] : [];
    });
    expect(alone.length).to.be.at.least(20);
    const cases = alone.map(({ vector, network }) => {
      const channels = network.tensors[network.inputs[0]].shape.at(-1)!;
      const samples = elementCount(network.tensors[network.inputs[0]].shape) / channels;
      const tiny = tinyBundle('kws');
      const names = Array.from({ length: channels }, (_, index) => String(index));
      const description = {
        ...tiny,
        window: { ...tiny.window, samples, channels: names },
        networks: [
          {
            ...tiny.networks[0],
            inputs: [{ windows: ['current' as const], layout: 'rows' as const, channels: names.map(Number) }],
          },
        ],
      };
      const { blob } = packBundle({ description, networks: [{ network }] }, hostBoard);
      const windows = vector.inputs.map(([input]) => counts(input));
      return { blob, network: 0, windows, windowBytes: windows[0].length };
    });
    runOnHost(program, cases).forEach(({ status, scores }, index) => {
      const { name, vector, network } = alone[index];
      expect(status, name).to.equal(0);
      const expected = vector.tensors.map(tensors => [...counts(tensors[network.outputs[0]])]);
      expect(
        scores.map(values => [...values]),
        name,
      ).to.deep.equal(expected);
    });
  });
});

/** Where MLPerf Tiny's reference files lie, with the answers to compare: in the folder of models, or beside it. */
function tinyFolder(): string | undefined {
  const models = findReferenceModelsForTests();
  if (models === undefined) return undefined;
  return [models, join(models, '..', 'mlperf-tiny')].find(candidate => {
    try {
      return readdirSync(candidate).includes(tinyFiles.kws.file);
    } catch {
      return false;
    }
  });
}

const tiny = tinyFolder();
if (tiny !== undefined) {
  describe('MLPerf Tiny reference models', () => {
    for (const name of tinyNames) {
      it(`should be answered as by TensorFlow Lite Micro: ${name}`, () => {
        const { file } = tinyFiles[name];
        const answers = join(tiny, 'vectors', file.replace('.tflite', ''));
        const golden = new GoldenNetwork(readTflite(readFileSync(join(tiny, file)), name));
        const { tensors, inputs, outputs } = golden.network;
        const [inputs8, outputs8] = ['.in.i8', '.out.i8'].map(end =>
          Int8Array.from(readFileSync(answers + end)),
        );
        const inLength = elementCount(tensors[inputs[0]].shape);
        const outLength = elementCount(tensors[outputs[0]].shape);
        const sets = Math.min(8, inputs8.length / inLength);
        for (let set = 0; set < sets; set++) {
          const [scores] = golden.run([inputs8.slice(set * inLength, (set + 1) * inLength)]);
          expect([...scores]).to.deep.equal([...outputs8.slice(set * outLength, (set + 1) * outLength)]);
        }
      }).timeout(600_000);
    }
  });
}
