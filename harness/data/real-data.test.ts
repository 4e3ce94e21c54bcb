import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { readCsv, readInt16, readJson } from './files.js';
import { filterExperiment } from './filters.js';
import { haptFactsSchema } from './hapt.js';
import { loadWindows } from './load.js';
import { findDataRootForTests } from './locate.js';
import { fitMinMax, scaleWindows } from './scaling.js';
import { activityNames, channelNames, type WindowSet } from './types.js';
import { channelScales } from './window-set.js';

/** Mean gravity and the logarithm of the spread of the other channels. */
function featuresOf(set: WindowSet, w: number): number[] {
  return channelNames.map((_, c) => {
    const values = Array.from({ length: 128 }, (_, t) => set.samples[(set.starts[w] + t) * 9 + c]);
    const mean = values.reduce((a, b) => a + b) / 128;
    if (c >= 6) return mean;
    return Math.log(Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 128) + 1e-4);
  });
}

/** Classifier by the nearest class mean of standardised features. */
function nearestCentroid(train: WindowSet): (set: WindowSet, w: number) => number {
  const rows = Array.from(train.labels.keys(), w => featuresOf(train, w));
  const average = (list: number[][]): number[] =>
    list[0].map((_, f) => list.reduce((sum, row) => sum + row[f], 0) / list.length);
  const centre = average(rows);
  const variance = average(rows.map(row => row.map((x, f) => (x - centre[f]) ** 2)));
  const centroids = activityNames.map((_, label) =>
    average(rows.filter((_, w) => train.labels[w] === label)),
  );
  return (set, w) => {
    const features = featuresOf(set, w);
    const distances = centroids.map(centroid =>
      centroid.reduce((sum, x, f) => sum + (x - features[f]) ** 2 / variance[f], 0),
    );
    return distances.indexOf(Math.min(...distances));
  };
}

const root = findDataRootForTests();

/** Tests against the real recordings; a checkout without them has none. */
if (root !== undefined) {
  describe('Real recordings', () => {
    it('has the published windows, classes and order of UCI HAR', async () => {
      const set = await loadWindows({ data: 'uci-har', split: 'test', order: 'published', root });
      const classes = [0, 1, 2, 3, 4, 5].map(c => set.labels.filter(label => label === c).length);
      expect(classes).to.deep.equal([496, 471, 420, 491, 532, 537]);
      const runs = set.labels.filter((label, w) => w === 0 || label !== set.labels[w - 1]).length;
      expect(runs).to.equal(120);
    });

    it('has the published first sample of train window 0, to half a step', async () => {
      const set = await loadWindows({ data: 'uci-har', split: 'train', order: 'published', root });
      const first = [
        0.0001808515, 0.01076681, 0.05556068, 0.03019122, 0.06601362, 0.02285864, 1.012817, -0.1232167,
        0.1029341,
      ];
      for (const [c, value] of first.entries()) {
        expect(set.samples[c]).to.be.closeTo(value, channelScales[c] / 2);
      }
    });

    it('streams 19 test experiments in chronological order', async () => {
      const set = await loadWindows({ data: 'uci-har', split: 'test', order: 'chronological', root });
      expect(set.starts).to.have.lengthOf(2947);
      expect(set.resets).to.have.lengthOf(19);
    });

    it('cuts 5,053 windows, 2,877 of them scored, from the continuous HAPT test streams', async () => {
      const set = await loadWindows({ data: 'hapt', split: 'test', order: 'chronological', root });
      expect(set.starts).to.have.lengthOf(5053);
      expect(set.labels.filter(label => label !== 255)).to.have.lengthOf(2877);
      const transitions = [...set.starts.keys()].filter(w => set.transitions?.[w] === 1);
      expect(transitions.every(w => set.labels[w] === 255)).to.equal(true);
      expect(transitions).to.have.lengthOf(545);
      expect(set.resets).to.have.lengthOf(19);
    });

    it('recomputes the UCI HAR samples from the raw recordings, to half a step', async () => {
      const facts = await readJson(join(root, 'hapt'), 'raw.json', haptFactsSchema);
      const raw = await readInt16(join(root, 'hapt'), 'raw.i16', facts.samples * 6);
      const place = z.object({
        split: z.string(),
        experiment: z.coerce.number(),
        sourceStart: z.coerce.number(),
        sampleOffset: z.coerce.number(),
      });
      const windows = await readCsv(join(root, 'uci-har'), 'windows.csv', place);
      const set = await loadWindows({ data: 'uci-har', split: 'test', order: 'published', root });
      let worstSteps = 0;
      for (const { experiment, offset, samples, split } of facts.experiments) {
        if (split !== 'test') continue;
        const physical = Float64Array.from(
          raw.subarray(offset * 6, (offset + samples) * 6),
          (count, i) => count * facts.scale[i % 6],
        );
        const channels = filterExperiment(physical);
        for (const window of windows) {
          if (window.split !== 'test' || window.experiment !== experiment) continue;
          for (let i = 0; i < 128 * 9; i++) {
            const steps =
              (channels[window.sourceStart * 9 + i] - set.samples[window.sampleOffset * 9 + i]) /
              channelScales[i % 9];
            worstSteps = Math.max(worstSteps, Math.abs(steps));
          }
        }
      }
      expect(worstSteps).to.be.within(0.49, 0.501);
    });

    it('scales test windows by min and max to the whole range of int8', async () => {
      const set = await loadWindows({ data: 'uci-har', split: 'test', order: 'published', root });
      const scaled = scaleWindows(set, {
        samples: 128,
        channels: [...channelNames],
        dtype: 'int8',
        sampleRateHz: 50,
        scaling: { method: 'minmax', ...fitMinMax(set) },
      });
      const used = new Set<number>();
      for (let w = 0; w < scaled.count; w++) for (const value of scaled.window(w)) used.add(value);
      expect(Math.min(...used)).to.equal(-128);
      expect(Math.max(...used)).to.equal(127);
    });

    it('gives a classifier of real training people synthetic windows that it recognises', async () => {
      const train = await loadWindows({ data: 'uci-har', split: 'train', order: 'published', root });
      const classify = nearestCentroid(train);
      const test = await loadWindows({ data: 'uci-har', split: 'test', order: 'published', root });
      const synthetic = await loadWindows({
        data: 'synthetic',
        split: 'test',
        order: 'published',
        limit: 1500,
      });
      const accuracy = (set: WindowSet): number =>
        set.labels.filter((label, w) => classify(set, w) === label).length / set.labels.length;
      expect(accuracy(test)).to.be.greaterThan(0.7);
      expect(accuracy(synthetic)).to.be.greaterThan(0.7);
    });
  });
}
