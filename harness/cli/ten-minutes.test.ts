import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { findReferenceModelsForTests } from '../data/locate.js';
import type { Network } from '../model/tflite/network.js';
import { writeTflite } from '../model/tflite/write.js';
import { packagePath } from '../package-root.js';
import { runRecordSchema } from '../record/run-record.js';
import { program } from '../testing/child.js';
import { TestNetworkBuilder } from '../testing/model/networks.js';

/** A network of the shape that the guide's files have: uint8, one input of 128 x 3 a sensor, made-up weights. */
function standIn(name: string, sensors: number, classes: number, seed: number): Network {
  const builder = new TestNetworkBuilder('uint8', seed);
  const flat = Array.from({ length: sensors }, () => {
    const rows = builder.reshape(builder.input([1, 128, 3]), [1, 128, 1, 3]);
    const pooled = builder.pool('max-pool2d', builder.conv(rows, 4, [5, 1], { stride: [8, 1] }), [4, 1]);
    return builder.reshape(pooled, [1, 16]);
  });
  const joined = flat.length === 1 ? flat[0] : builder.concatenate(flat, 1);
  return builder.build(name, [builder.dense(joined, classes)]);
}

async function writeStandIns(folder: string): Promise<void> {
  await mkdir(folder);
  const put = (file: string, network: Network) => writeFile(join(folder, file), writeTflite(network));
  await put('B_s123_3IN_91.tflite', standIn('big', 3, 6, 1));
  for (let i = 0; i < 6; i++) await put(`S${i}_s3.tflite`, standIn(`little-${i}`, 1, 2, 10 + i));
}

/** The commands of the guide, as they stand there. */
async function commandsOf(guide: string): Promise<string> {
  const text = await readFile(packagePath('docs', guide), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
}

describe('the guide of ten minutes', function () {
  this.timeout(1_200_000);
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-guide-'));
    await mkdir(join(cwd, 'bin'));
    const words = program.map(word => `'${word}'`).join(' ');
    const shim = `#!/bin/sh\nexec ${words} "$@"\n`;
    await writeFile(join(cwd, 'bin', 'littlefirst'), shim);
    await chmod(join(cwd, 'bin', 'littlefirst'), 0o755);
  });
  after(() => rm(cwd, { recursive: true, force: true }));

  it('leads from seven files to a report, by its commands alone', async () => {
    const commands = await commandsOf('ten-minutes.md');
    expect(commands.match(/^littlefirst /gm)).to.have.length(8);
    const reference = findReferenceModelsForTests();
    const theirs = reference ?? join(cwd, 'theirs');
    if (reference === undefined) await writeStandIns(theirs);
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd,
      env: { THEIRS: theirs, PATH: `${join(cwd, 'bin')}${delimiter}${process.env.PATH}` },
    });
    expect(stdout).to.match(/name: my-minmax/);
    expect(stdout).to.match(/1B6S: \d+ of 300 correct/);
    expect(stdout).to.match(/my\.blob: \d+ bytes, for address/);
    expect(stdout).to.match(/## littlefirst: pass/);
    const { blocks, outcome } = runRecordSchema.parse(
      JSON.parse(await readFile(join(cwd, 'my-run', 'run.json'), 'utf8')),
    );
    expect(outcome).to.equal('pass');
    expect(blocks.map(({ strategy, windows }) => [strategy, windows])).to.deep.equal([
      ['big-only', 60],
      ['1B6S', 60],
    ]);
    for (const block of blocks) expect(block.goldenMismatches).to.equal(0);
  });
});
