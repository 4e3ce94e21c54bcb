import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Network } from '../../model/tflite/network.js';
import { builtinCodeOf } from '../../model/tflite/schema.js';
import { writeTflite } from '../../model/tflite/write.js';
import { type Ended, littlefirst } from '../../testing/cli.js';
import { TestNetworkBuilder } from '../../testing/model/networks.js';

/** A small classifier of inputs of 128 x columns. */
function classifier(columns: readonly number[], classes: number, type: 'int8' | 'uint8' = 'int8'): Network {
  const builder = new TestNetworkBuilder(type, 5);
  const parts = columns.map(width => {
    const row = builder.reshape(builder.input([1, 128, width]), [1, 128, 1, width]);
    const pooled = builder.pool('average-pool2d', builder.conv(row, 2, [5, 1], { stride: [8, 1] }), [4, 1]);
    return builder.reshape(pooled, [1, 8]);
  });
  const flat = parts.length === 1 ? parts[0] : builder.concatenate(parts, 1);
  return builder.build('classifier', [builder.softmax(builder.dense(flat, classes))]);
}

/** The file with the code of its first operator replaced, in both places where files keep it. */
function withFirstOperator(bytes: Uint8Array, operator: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (table: number, id: number): number =>
    table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * id, true);
  const code = follow(follow(field(follow(0), 1)) + 4);
  view.setInt8(field(code, 0), builtinCodeOf(operator));
  view.setInt32(field(code, 3), builtinCodeOf(operator), true);
  return bytes;
}

describe('littlefirst model run with a .tflite file alone', function () {
  this.timeout(120_000);
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-bare-'));
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  const run = async (bytes: Uint8Array, ...more: string[]): Promise<Ended> => {
    const file = join(cwd, 'mine.tflite');
    await writeFile(file, bytes);
    return littlefirst(cwd, 'model', 'run', file, ...more);
  };

  for (const [columns, type] of [
    [[9], 'int8'],
    [[6], 'int8'],
    [[3], 'uint8'],
    [[3, 3, 3], 'int8'],
  ] as const) {
    it(`should answer the windows of a data set with ${columns.join(' and ')} columns of ${type}`, async () => {
      const { code, out, err } = await run(writeTflite(classifier(columns, 6, type)), '--windows', '20');
      expect(code, err).to.equal(0);
      expect(out).to.match(/^model: \d+ of 20 correct \(\d+\.\d\d %\), 20 Big runs, \d+ MACs\/window/);
      expect(err).to.match(/SYNTHETIC/);
    });
  }

  it('should say what it expects of a network that wants something else', async () => {
    for (const network of [classifier([9], 4), classifier([5], 6), classifier([3, 3], 6)]) {
      const { code, err } = await run(writeTflite(network));
      expect(code).to.equal(4);
      expect(err).to.match(/LF_USAGE[\s\S]*expected[\s\S]*bring-your-own-model/);
    }
  });

  it('should name an operator that it does not have, and those it has', async () => {
    for (const operator of ['TRANSPOSE', 'STRIDED_SLICE', 'SPLIT', 'L2_NORMALIZATION', 'TANH']) {
      const { code, err } = await run(withFirstOperator(writeTflite(classifier([9], 6)), operator));
      expect(code).to.equal(4);
      expect(err).to.match(
        new RegExp(`LF_MODEL_UNSUPPORTED[\\s\\S]*\\b${operator}\\b[\\s\\S]*DEPTHWISE_CONV_2D`),
      );
    }
  });
});
