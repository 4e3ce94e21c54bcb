import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { joinLabels, type LabelMap } from './label-join.js';
import { activityNames } from './types.js';

const labels = Uint8Array.from([0, 1, 2, 3, 4, 5, 255, 0]);
const names = [...activityNames];

/** What a list of classes is refused with. */
function refusal(classes: readonly string[], map?: LabelMap): string {
  try {
    joinLabels(labels, classes, activityNames, map);
    return '';
  } catch (error) {
    expect(error).to.be.instanceOf(LittlefirstError).and.to.have.property('code', 'LF_CONFIG_INVALID');
    return (error as LittlefirstError).message;
  }
}

describe('true labels joined by name', () => {
  it('are as they were for the same names, and follow permuted ones', () => {
    expect([...joinLabels(labels, names, names)]).to.deep.equal([...labels]);
    expect([...joinLabels(labels, [...names].reverse(), names)]).to.deep.equal([5, 4, 3, 2, 1, 0, 255, 5]);
  });

  it('follow a map of other names, of several classes as one, and of classes that the data do not have', () => {
    const classes = ['rest', 'down', 'up', 'walk', 'swim'];
    const map = {
      rest: ['SITTING', 'STANDING', 'LAYING'],
      down: 'WALKING_DOWNSTAIRS',
      up: 'WALKING_UPSTAIRS',
      walk: 'WALKING',
      swim: [],
    };
    expect([...joinLabels(labels, classes, activityNames, map)]).to.deep.equal([3, 2, 1, 0, 0, 0, 255, 3]);
  });

  const refused: [string, readonly string[], LabelMap | undefined, RegExp][] = [
    ['foreign names', ['cat', 'dog', 'cow', 'hen', 'pig', 'ant'], undefined, /cat/],
    ['a class too few', names.slice(1), undefined, /none for WALKING\n/],
    ['a class too many', [...names, 'SWIMMING'], undefined, /SWIMMING/],
    ['other letters', names.map(name => name.toLowerCase()), undefined, /walking/],
    ['a map of a class that the model has not', names, { cat: 'WALKING' }, /cat/],
    ['a map to a class that the data have not', names, { WALKING: 'RUNNING' }, /RUNNING/],
    ['a map that takes a class twice', names, { WALKING: ['WALKING', 'SITTING'] }, /SITTING twice/],
    ['a map that leaves a class alone', names, { WALKING: [] }, /none for WALKING\n/],
  ];
  for (const [name, classes, map, words] of refused)
    it(`are refused for ${name}`, () => {
      expect(refusal(classes, map))
        .to.match(words)
        .and.match(/labels: \{ walk: WALKING/);
    });
});
