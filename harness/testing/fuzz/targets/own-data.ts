import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type LayoutChoice, openLayout } from '../../../data/own/layouts/index.js';
import { gridOf, readManifest } from '../../../data/own/load.js';
import { manifestFileName } from '../../../data/own/manifest.js';
import { Timeline } from '../../../data/own/timeline.js';
import { makeFolder } from '../../../host/make-folder.js';
import {
  csvFiles,
  haptFiles,
  makeBouts,
  motionSenseFiles,
  pamap2Files,
  wisdmFiles,
} from '../../data/recordings.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, fuzzFolder } from './bytes.js';

const bouts = makeBouts(1, 1, [0, 3]);
/** Of a seed: some lines. */
const seedCharacters = 1_200;

const csv: LayoutChoice = {
  layout: 'csv',
  csv: {
    files: '{person}/{activity}.csv',
    channels: ['x', 'y', 'z'].map(axis => ({ name: `total_acc_${axis}`, column: `a${axis}` })),
    timeColumn: 'time',
    timeUnit: 'ms',
    acceleration: 'm/s2',
    gyroscope: 'deg/s',
    timing: 'resample',
  },
};

/** Everything that a layout reads, put on a grid of times. */
async function readAll(source: string, choice: LayoutChoice): Promise<void> {
  const layout = await openLayout(source, choice);
  const { channels, rateHz = 50, sourceRateHz, timing } = layout;
  const timeline = new Timeline({
    ...{ channels: channels.map(({ name }) => name), rateHz, sourceRateHz, timing, maxGapSeconds: 0.25 },
    onRow: () => {},
    onCut: () => {},
  });
  for await (const { file, rows } of layout.read(() => createHash('sha256')))
    for (const row of rows) timeline.push(file, row, 0);
  timeline.cut();
}

/** A layout whose files are sound but for one, which is the input. */
function layoutTarget(choice: LayoutChoice, files: Readonly<Record<string, string>>): FuzzTarget {
  const [[name, sound]] = Object.entries(files);
  return {
    name: `import-${choice.layout}`,
    seeds: [bytesOf(sound.slice(0, sound.lastIndexOf('\n', seedCharacters) + 1))],
    words: ['\n', ',', ' ', ';', '"', 'NaN', '1e308', '\r\n', '\t', '\u00ef\u00bb\u00bf'],
    run: input => {
      const source = join(fuzzFolder(), `own-${choice.layout}`);
      for (const [other, content] of Object.entries(files)) {
        makeFolder(dirname(join(source, other)));
        writeFileSync(join(source, other), other === name ? input : content);
      }
      return readAll(source, choice);
    },
  };
}

const manifest = {
  schema: 'littlefirst.data/1',
  name: 'x',
  window: { samples: 2, stride: 1, sampleRateHz: 50 },
  channels: [{ name: 'a', unit: 'g', min: 0, max: 1, mean: 0, deviation: 1, scale: 1 }],
  classes: ['w'],
  people: [{ name: 'p', split: 'train' }],
  splits: {},
};

/** People's own recordings, and what an import wrote of them. */
export const ownDataTargets: readonly FuzzTarget[] = [
  layoutTarget(csv, csvFiles(bouts.slice(0, 1))),
  layoutTarget({ layout: 'motionsense' }, motionSenseFiles(bouts.slice(0, 1))),
  layoutTarget({ layout: 'wisdm' }, wisdmFiles(bouts)),
  layoutTarget({ layout: 'pamap2', place: 'chest' }, pamap2Files(bouts)),
  layoutTarget({ layout: 'hapt' }, haptFiles(bouts)),
  {
    name: 'data-manifests',
    seeds: [bytesOf(JSON.stringify(manifest))],
    words: ['null', '[]', '{}', '-1', '1e308', '"splits":', '"rows":', '"recordings":'],
    run: async input => {
      const folder = join(fuzzFolder(), 'own-set');
      makeFolder(folder);
      writeFileSync(join(folder, manifestFileName), input);
      gridOf(await readManifest(folder));
    },
  },
];
