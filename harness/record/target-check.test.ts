import { expect } from 'chai';
import { didYouMean, nearest } from '../config/nearest.js';
import { LittlefirstError } from '../errors.js';
import { checkTargets, type TargetScope } from './target-check.js';
import { type Target, targetSchema } from './targets.js';

const ours: TargetScope = {
  blocks: ['paper', 'own'].flatMap(bundle =>
    ['big-only', '1B6S', '1BDD'].map(strategy => ({ bundle, strategy })),
  ),
  hasMeter: true,
  isThirdParty: false,
};
const theirs: TargetScope = {
  blocks: [{ strategy: 'accuracy' }, { strategy: 'energy' }],
  hasMeter: true,
  isThirdParty: true,
};

const target = (changes: Partial<Target>): Target =>
  targetSchema.parse({ name: 'it', metric: 'accuracy', atLeast: 0.5, ...changes });

/** The message that a target is refused with; empty where it is not. */
function refusal(changes: Partial<Target>, scope: TargetScope = ours): string {
  try {
    checkTargets([target(changes)], scope);
    return '';
  } catch (error) {
    expect(error).to.be.instanceOf(LittlefirstError).and.to.have.property('code', 'LF_UNKNOWN_TARGET');
    return (error as LittlefirstError).message;
  }
}

describe('targets that a run has nothing for', () => {
  const withoutMeter = { ...ours, hasMeter: false };
  const withoutBaseline = { ...ours, blocks: [{ bundle: 'paper', strategy: '1B6S' }] };
  const refused: [string, Partial<Target>, TargetScope, RegExp][] = [
    ['a misspelt strategy', { strategies: ['1B6s'] }, ours, /did you mean "1B6S"/],
    ['one misspelt of two', { strategies: ['1BDD', 'bigonly'] }, ours, /did you mean "big-only"/],
    ['a strategy unlike any', { strategies: ['zzzzzzzzzzz'] }, ours, /use one of big-only, 1B6S, 1BDD/],
    ['a misspelt bundle', { bundles: ['papre'] }, ours, /did you mean "paper"/],
    ['energy without a meter', { metric: 'energy-per-window' }, withoutMeter, /meter: \{ driver: none \}/],
    ['a saving without a meter', { metric: 'energy-saving' }, withoutMeter, /name a meter/],
    ['a saving without its baseline', { metric: 'energy-saving' }, withoutBaseline, /big-only/],
    ['a saving of MACs without its baseline', { metric: 'mac-saving' }, withoutBaseline, /big-only/],
    ['a difference without its baseline', { metric: 'accuracy-vs-big-only' }, withoutBaseline, /big-only/],
    ['an area under a curve of classes', { metric: 'auc' }, ours, /strategy of kind score/],
    ['a median of third parties', { metric: 'latency-median' }, ours, /mlperf-tiny/],
    [
      'a mode that is not run',
      { strategies: ['performance'] },
      theirs,
      /a mode of the run: accuracy, energy/,
    ],
    [
      'energy of a mode without',
      { metric: 'energy-median', strategies: ['accuracy'] },
      theirs,
      /mode energy/,
    ],
    [
      'energy of a third party without a meter',
      { metric: 'energy-median' },
      { ...theirs, hasMeter: false },
      /meter/,
    ],
    ['a saving of a third party', { metric: 'energy-saving' }, theirs, /big-only/],
  ];
  for (const [name, changes, scope, words] of refused)
    it(`are refused: ${name}`, () => {
      expect(refusal(changes, scope)).to.match(words);
    });

  it('pass where something is there to judge', () => {
    expect(refusal({})).to.equal('');
    expect(refusal({ metric: 'energy-saving', strategies: ['1B6S'], bundles: ['own'] })).to.equal('');
    expect(refusal({ metric: 'mac-saving' }, withoutMeter)).to.equal('');
    expect(refusal({ metric: 'energy-median' }, theirs)).to.equal('');
    expect(refusal({ bundles: ['whatever it names itself'] }, theirs)).to.equal('');
  });

  it('are told the nearest name, or all', () => {
    expect(nearest('133mhz', ['48MHz', '133MHz'])).to.equal('133MHz');
    expect(nearest('x', [])).to.equal(undefined);
    expect(didYouMean('', ['a'])).to.equal('use one of a');
  });
});
