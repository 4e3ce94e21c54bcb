/**
 * Writes fixtures/vectors: `npx tsx harness/testing/model/write-vectors.ts RUNNER`, where RUNNER is fixtures/vectors/runner.cc built against TensorFlow
 * Lite Micro.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { writeTflite } from '../../model/tflite/write.js';
import { packagePath } from '../../package-root.js';
import { vectorNetworks } from './vectors.js';

const [, , runner] = process.argv;
const folder = makeTemporaryFolder('vectors');
const base64 = (bytes: Uint8Array | Int8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
try {
  for (const { name, network, inputs } of vectorNetworks()) {
    const [model, input, output] = ['model', 'in', 'out'].map(file => join(folder, file));
    const bytes = writeTflite(network, { description: name });
    writeFileSync(model, bytes);
    writeFileSync(input, Buffer.concat(inputs.flat().map(counts => Buffer.from(base64(counts), 'base64'))));
    execFileSync(runner, [model, input, output]);
    const answers = readFileSync(output);
    let at = 0;
    const tensors = inputs.map(() =>
      Object.fromEntries(
        network.operators.map(() => {
          const [tensor, length] = [answers.readUInt32LE(at), answers.readUInt32LE(at + 4)];
          at += 8 + length;
          return [tensor, base64(answers.subarray(at - length, at))];
        }),
      ),
    );
    const record = { network: base64(bytes), inputs: inputs.map(set => set.map(base64)), tensors };
    writeFileSync(packagePath('fixtures', 'vectors', `${name}.json`), `${JSON.stringify(record)}\n`);
  }
} finally {
  removeTemporaryFolder(folder);
}
