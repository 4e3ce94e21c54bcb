import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { codeOf, thrown } from '../../../testing/failure.js';
import { loadMlperfFolder } from './folder.js';
import { loadMlperfScript, parseMlperfScript } from './script.js';

/* Scripts in the form of the stock runner's tests_performance.yaml and tests_accuracy.yaml. */
const scripts = `
kws01:
  name: keyword_spotting
  model: kws01
  truth_file: y_labels.csv
  script:
    - loop 5:
      - download
      - infer 70 10
ad01:
  name: anomaly_detection
  model: ad01
  truth_file: y_labels.csv
  script:
    - loop:
      - download
      - infer 1 0 # inferences, warm-ups
      - reset 20
sww01:
  name: streaming_wakeword
  model: sww01
  truth_file: sww_long_test.json
  script:
    - stream
`;

describe('files of the stock MLPerf Tiny runner', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-mlperf-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('reads inputs with their classes', async () => {
    await writeFile(join(folder, 'y_labels.csv'), 'a.bin, 12, 7\nb.bin, 12, 2\n');
    await writeFile(join(folder, 'a.bin'), Uint8Array.of(1, 2, 3));
    await writeFile(join(folder, 'b.bin'), Uint8Array.of(4, 5, 6));
    const { samples, classes, sha256 } = await loadMlperfFolder(folder);
    expect(classes).to.equal(12);
    expect(samples.map(({ file, truth }) => [file, truth])).to.deep.equal([
      ['a.bin', 7],
      ['b.bin', 2],
    ]);
    expect([...samples[1].parts[0]]).to.deep.equal([4, 5, 6]);
    expect((await loadMlperfFolder(folder, { limit: 1 })).sha256).to.not.equal(sha256);
  });

  it('cuts long inputs into overlapping parts', async () => {
    await writeFile(join(folder, 'y_labels.csv'), 'long.bin, 1, 1, 4, 2\n');
    await writeFile(join(folder, 'long.bin'), Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8));
    const { samples } = await loadMlperfFolder(folder);
    expect(samples[0].parts.map(part => part[0])).to.deep.equal([0, 2, 4]);
  });

  it('refuses a folder that is not one', async () => {
    expect(await codeOf(loadMlperfFolder(folder))).to.equal('LF_DATA_MISSING');
    for (const text of ['', 'a.bin, 3, x\n', 'a.bin, 3, 3\n', 'a.bin, 3, 1, 99, 1\n']) {
      await writeFile(join(folder, 'a.bin'), Uint8Array.of(1));
      await writeFile(join(folder, 'y_labels.csv'), text);
      expect(await codeOf(loadMlperfFolder(folder)), text).to.equal('LF_DATA_CORRUPT');
    }
    await writeFile(join(folder, 'y_labels.csv'), 'gone.bin, 3, 1\n');
    expect(await codeOf(loadMlperfFolder(folder))).to.equal('LF_DATA_MISSING');
  });

  it('takes loops, inferences and warm-ups from a script, and refuses what it cannot do', async () => {
    const path = join(folder, 'tests.yaml');
    await writeFile(path, scripts);
    expect(await loadMlperfScript(path, 'kws01')).to.include({ loops: 5, iterations: 70, warmups: 10 });
    expect(await loadMlperfScript(path, 'ad01')).to.include({ loops: null, iterations: 1, warmups: 0 });
    expect(await codeOf(loadMlperfScript(path, 'sww01'))).to.equal('LF_CONFIG_INVALID');
    expect(await codeOf(loadMlperfScript(path, 'vww01'))).to.equal('LF_CONFIG_INVALID');
    expect(await codeOf(loadMlperfScript(join(folder, 'none.yaml'), 'kws01'))).to.equal('LF_CONFIG_INVALID');
  });

  it('refuses a truth file that is no CSV, leads out of the folder, or cuts into parts without end', async () => {
    await writeFile(join(folder, 'a.bin'), new Uint8Array(9));
    for (const truth of [
      '"a.bin, 12, 7\n',
      '../../../dev/zero, 12, 7\n',
      '/dev/zero, 12, 7\n',
      'a.bin, 1, 1, 0, 0\n',
    ]) {
      await writeFile(join(folder, 'y_labels.csv'), truth);
      expect(await codeOf(loadMlperfFolder(folder)), truth).to.equal('LF_DATA_CORRUPT');
    }
  });

  it('refuses a script that is no YAML, and steps that are none', () => {
    const head = 'kws01: { model: kws01, truth_file: y.csv, script:';
    for (const text of [
      'a: [',
      `${head} [{}] }`,
      `${head} [{ loop: [], x: [] }] }`,
      `${head} [{ loop 9999999999: [download, infer 1 1] }] }`,
    ])
      expect(thrown(() => parseMlperfScript(text, 'x', 'kws01')).code, text).to.equal('LF_CONFIG_INVALID');
    expect(thrown(() => parseMlperfScript('{}', 'x', 'constructor')).code).to.equal('LF_CONFIG_INVALID');
  });
});
