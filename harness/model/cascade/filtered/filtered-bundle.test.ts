import { expect } from 'chai';
import { thrown } from '../../../testing/failure.js';
import { randomFiltered } from '../../../testing/model/random-filtered.js';
import { checkNetworkUse } from '../../bundle/check.js';
import type { FilteredStrategy } from '../../bundle/schema.js';
import { parseBundle } from '../../load.js';
import { GoldenCascade } from '../golden.js';
import { compileFiltered } from './compile.js';

interface Document {
  window: { dtype: string; scaling: { scale: number[] } };
  networks: { inputs: { source?: string; windows?: string[]; channels: number[] }[] }[];
  strategies: (FilteredStrategy & { [key: string]: unknown })[];
}

/** The description of a sound bundle, as it would be read from YAML. */
const sound = (): Document => JSON.parse(JSON.stringify(randomFiltered(1).description)) as Document;

const strategyOf = (document: Document): FilteredStrategy => document.strategies[0];

describe('bundles with a filtered strategy', () => {
  const mistakes: [what: string, place: string, change: (document: Document) => void][] = [
    ['an unknown key', 'strategies[0]', d => (d.strategies[0].surely = 1)],
    ['a probability above one', 'strategies[0].filter.sure', d => (strategyOf(d).filter.sure = 1.1)],
    ['too few weights', 'strategies[0].drift.static.weights', d => strategyOf(d).drift.static.weights.pop()],
    ['a weight beyond 128', 'weights[3]', d => (strategyOf(d).drift.dynamic.weights[3] = 200)],
    ['a missing likelihood of nothing', 'filter.missing', d => (strategyOf(d).filter.missing = 0)],
    ['an unknown network', 'networks.big', d => (strategyOf(d).networks.big = 'bigger')],
    ['an unknown label', 'filter.staticLabels', d => (strategyOf(d).filter.staticLabels[0] = 'swim')],
    [
      'a label twice',
      'filter.staticLabels',
      d => (strategyOf(d).filter.staticLabels[1] = strategyOf(d).filter.staticLabels[0]),
    ],
    ['a channel beyond the window', 'features.gyro', d => (strategyOf(d).features.gyro[1] = 12)],
    [
      'axes of different scales',
      'features.acceleration',
      d => (strategyOf(d).features.acceleration[0] = strategyOf(d).features.gyro[0]),
    ],
    ['a lag beyond the window', 'features.lag', d => (strategyOf(d).features.lag = 200)],
    ['a unit that is too fine', 'drift.unit.movement', d => (strategyOf(d).drift.unit.movement = 1e-4)],
    ['a floor that is too high', 'features.floor.gyro', d => (strategyOf(d).features.floor.gyro = 1e5)],
    ['windows of another type', 'features', d => (d.window.dtype = 'int8')],
    [
      'a feature that there is not',
      'networks[1].inputs[0].channels',
      d => (d.networks[1].inputs[0].channels[0] = 15),
    ],
    [
      'features of the previous window',
      'inputs[0].windows',
      d => (d.networks[1].inputs[0].windows = ['previous']),
    ],
  ];
  for (const [what, place, change] of mistakes) {
    it(`should refuse ${what}, naming ${place}`, () => {
      const document = sound();
      change(document);
      const error = thrown(() => parseBundle(JSON.stringify(document), 'bundle.yaml'));
      expect(error.code).to.equal('LF_BUNDLE_INVALID');
      expect(error.message).to.include(place);
    });
  }

  it('should refuse a network of features in a hold strategy', () => {
    const document = sound();
    const hold = { kind: 'hold', name: 'h', big: 'static', gate: { type: 'none' } };
    const text = JSON.stringify({ ...document, strategies: [hold] });
    const error = thrown(() => parseBundle(text, 'bundle.yaml'));
    expect(error.message).to.include('strategies[0].big').and.to.include('of features');
  });

  it('should refuse networks without a share for each label', () => {
    const { description, networks } = randomFiltered(5);
    const [strategy] = description.strategies;
    if (strategy.kind !== 'filtered') throw new Error('not filtered');
    const fewer = { ...strategy, filter: { ...strategy.filter, dynamicLabels: ['walk'] } };
    const error = thrown(() => checkNetworkUse({ ...description, strategies: [fewer] }, networks));
    expect(error.message).to.include('networks.big').and.to.include('outputs');
    const logits = networks.map(({ name, network }) => ({
      name,
      network: { ...network, outputs: [network.operators.at(-1)!.inputs[0]] },
    }));
    expect(thrown(() => checkNetworkUse(description, logits)).message).to.include('scale 1/256');
  });

  it('should turn physical numbers into the integers of the recipe', () => {
    const { description } = randomFiltered(1);
    const [strategy] = description.strategies;
    if (strategy.kind !== 'filtered') throw new Error('not filtered');
    const shipped: FilteredStrategy = {
      ...strategy,
      features: {
        ...strategy.features,
        ...{ decimation: 2, lag: 16, floor: { acceleration: 0.002, gyro: 0.002 } },
      },
      dynamicAbove: 0.02,
      drift: { ...strategy.drift, unit: { acceleration: 0.1, movement: 0.4 }, floor: 0.01 },
      policy: { cap: 0, capWindow: 47, settle: { near: 1, far: 2.5 } },
    };
    const window = { ...description.window, samples: 128 };
    const { features, filter } = compileFiltered(shipped, { window, labels: description.labels });
    expect(features.offsets).to.deep.equal({ step: 1049, gyro: 459, acceleration: 918 });
    expect(filter.motionThreshold).to.equal(31457);
    expect(filter.drift.scale).to.deep.equal([1280, 1280, 1280, ...new Array<number>(9).fill(1774)]);
    expect(filter.drift.floor).to.equal(328);
    expect([filter.settleNear, filter.settleFar]).to.deep.equal([256, 640]);
  });

  it('should take sure in per mille as its parameter and refuse what is not', () => {
    const bundle = randomFiltered(1);
    for (const parameter of [-1, 1001, 0.5]) {
      const error = thrown(() => new GoldenCascade(bundle, 'little-first', parameter));
      expect(error.code).to.equal('LF_USAGE');
      expect(error.message).to.include('per mille');
    }
    expect(new GoldenCascade(bundle, 'little-first', 1000).strategy.name).to.equal('little-first');
  });
});
