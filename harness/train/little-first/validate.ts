import type { WindowSet } from '../../data/types.js';
import { bundleSchema } from '../../model/bundle/schema.js';
import { compileFiltered } from '../../model/cascade/filtered/compile.js';
import type { DriftParameters } from '../../model/cascade/filtered/drift.js';
import { featureOperations } from '../../model/cascade/filtered/features.js';
import { macsOf } from '../../model/tflite/macs.js';
import { subjectFolds, windowsOf } from '../people.js';
import { type OperatingChoice, type TriedPoint, type Validation, validationOf } from '../report-data.js';
import { type Configuration, littleFirstBundle, type TrainedNets } from './bundle.js';
import { featureParameters, featuresOf } from './feature-set.js';
import { type Evidence, type Simulation, simulate } from './simulate.js';
import type { LittleFirstTrainer, TrainedNet } from './trainer.js';
import { outOfFold } from './trainer.js';

const sureCandidates = [0.8, 0.88, 0.93, 0.98];
const acceptCandidates = [0.65, 0.8, 0.9, 0.95];

export interface CrossValidation {
  validation: Validation;
  choice: OperatingChoice;
}

interface Fold {
  windows: Uint32Array;
  drift: DriftParameters;
}

/**
 * What the cascade answers on people that none of its parts has seen, at the configuration's operating point and at others. Networks
 * are float, their outputs rounded to the steps of the int8 softmax.
 * @param trainer trains the parts of each fold
 * @param nets the bundle's networks: their cost, not their answers
 * @param onFold called before each fold's part of a network is trained
 */
export function crossValidate(
  set: WindowSet,
  trainer: LittleFirstTrainer,
  configuration: Configuration,
  nets: TrainedNets,
  folds: number,
  onFold: (fold: number) => void,
): CrossValidation {
  const { decimation, little } = configuration;
  const feature = featureParameters(decimation);
  const outputs = (train: (people: ReadonlySet<number>) => TrainedNet): Int8Array => {
    let fold = 0;
    return outOfFold(set, folds, feature, people => {
      onFold(fold++);
      return train(people);
    });
  };
  const evidence: Evidence = {
    features: featuresOf(set, feature),
    outputs: {
      static: outputs(people => trainer.static(people, decimation)),
      little:
        little === undefined
          ? new Int8Array(3 * set.starts.length)
          : outputs(people => trainer.motion(little, people)),
      big: outputs(people => trainer.motion(configuration.big, people)),
    },
  };
  const parts: Fold[] = subjectFolds(set, folds).map(({ train, heldOut }) => ({
    windows: windowsOf(set, heldOut),
    drift: trainer.drift(train, decimation),
  }));
  const costs = {
    features: featureOperations(feature, 128),
    static: macsOf(nets.static.network),
    little: nets.little === undefined ? 0 : macsOf(nets.little.network),
    big: macsOf(nets.big.network),
  };
  const answers = new Uint8Array(set.starts.length);
  const run = (sure: number, accept: number | undefined): TriedPoint => {
    const settings = accept === undefined ? [sure] : [sure, accept];
    const point = { settings, correct: 0, windows: 0, cost: 0 };
    for (const { windows, drift } of parts) {
      const done = simulateAt({ ...configuration, sure, accept }, nets, drift, evidence, windows, set, costs);
      point.correct += done.correct;
      point.windows += done.scored;
      point.cost += (done.macsPerWindow * windows.length) / set.starts.length;
      windows.forEach((w, i) => {
        answers[w] = done.labels[i];
      });
    }
    return point;
  };
  const accepts = little === undefined ? [undefined] : acceptCandidates;
  const points = sureCandidates
    .flatMap(sure => accepts.map(accept => ({ sure, accept })))
    .filter(({ sure, accept }) => sure !== configuration.sure || accept !== configuration.accept)
    .map(({ sure, accept }) => run(sure, accept));
  const chosen = points.push(run(configuration.sure, configuration.accept)) - 1;
  return {
    validation: validationOf(set, answers, 6, { subject: 'the cascade at its operating point', folds }),
    choice: {
      title: little === undefined ? 'When Big runs' : 'When Little and Big run',
      why: 'The recipe fixes the operating point, chosen by such cross-validation beforehand; here is where it stands among others with this seed. sure: no network runs while the belief is at least this. accept: below it after Little, Big runs.',
      settings: little === undefined ? ['sure'] : ['sure', 'accept'],
      costName: 'multiply-adds a window',
      points,
      chosen,
    },
  };
}

function simulateAt(
  configuration: Configuration,
  nets: TrainedNets,
  drift: DriftParameters,
  evidence: Evidence,
  windows: Uint32Array,
  set: WindowSet,
  costs: Parameters<typeof simulate>[5],
): Simulation {
  const description = bundleSchema.parse(littleFirstBundle(configuration, nets, drift, 0));
  const [strategy] = description.strategies.filter(candidate => candidate.kind === 'filtered');
  const { filter } = compileFiltered(strategy, description);
  return simulate(filter, evidence, windows, new Set([0]), set.labels, costs);
}
