import { LittlefirstError } from '../errors.js';
import { unscored } from './window-set.js';

/** What classes of a model are called in the data: `{ walk: WALKING, rest: [SITTING, STANDING] }`; `[]`: the data have no such class. */
export type LabelMap = Readonly<Record<string, string | readonly string[]>>;

function refuse(expected: string, received: string, hint: string): LittlefirstError {
  return new LittlefirstError('LF_CONFIG_INVALID', "The model's classes are not those of the data", {
    expected,
    received,
    hint,
  });
}

const example =
  'say what is what in the bench file, e.g. labels: { walk: WALKING, rest: [SITTING, STANDING] }';

/**
 * True labels joined by name: the data's class indices as indices into a model's class names. Every class of the data must be a class of the
 * model, and the reverse, each once; what is called otherwise is said in `map`.
 * @param labels class index of each window, 255 where it is not scored
 * @param names the model's class names, in the order of its outputs
 * @param known the data's class names, in the order of their indices
 * @throws LF_CONFIG_INVALID naming the classes that have no partner
 */
export function joinLabels(
  labels: Uint8Array,
  names: readonly string[],
  known: readonly string[],
  map: LabelMap = {},
): Uint8Array {
  const foreign = Object.keys(map).filter(name => !names.includes(name));
  if (foreign.length > 0) throw refuse(`labels out of ${names.join(', ')}`, foreign.join(', '), example);
  const places = new Uint8Array(known.length).fill(unscored);
  for (const [place, name] of names.entries()) {
    const theirs = Object.hasOwn(map, name) ? [map[name]].flat() : [name];
    for (const one of theirs) {
      const index = known.indexOf(one);
      if (index < 0) throw refuse(`classes of the data: ${known.join(', ')}`, one, example);
      if (places[index] !== unscored)
        throw refuse(
          'each class of the data once',
          `${one} twice, as ${names[places[index]]} and ${name}`,
          example,
        );
      places[index] = place;
    }
  }
  const missing = known.filter((_, index) => places[index] === unscored);
  if (missing.length > 0)
    throw refuse(
      `a class of the model for each of ${known.join(', ')}`,
      `none for ${missing.join(', ')}`,
      example,
    );
  return labels.map(label => (label === unscored ? unscored : places[label]));
}
