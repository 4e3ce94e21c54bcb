/** .tflite files with damage and bundles that mean harm, and what becomes of each: for tests and `npm run bench:hostile`. */

import { Random } from '../../data/random.js';
import { LittlefirstError } from '../../errors.js';
import { bareBundle } from '../../library/model/bare-fit.js';
import { GoldenNetwork } from '../../model/golden/network.js';
import { parseBundle } from '../../model/load.js';
import { packBundle } from '../../model/pack/bundle.js';
import { readTflite } from '../../model/tflite/read.js';
import { elementCount } from '../../model/tflite/shapes.js';
import { hostBoard } from '../host/program.js';

/** Files of so many multiply-adds or fewer are also run: an interpreter is not what is tried here. */
const mostMacs = 3e6;

/** A copy with one to four wounds: flipped bits, words of ends of ranges, stretches cut out, doubled or filled. */
export function mutant(bytes: Uint8Array, seed: number): Uint8Array {
  const random = new Random(seed, 41);
  let copy = Uint8Array.from(bytes);
  for (let wounds = random.integer(1, 4); wounds > 0; wounds -= 1) {
    const at = random.integer(0, copy.length - 5);
    const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
    const words = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0xff, random.integer(0, copy.length)];
    switch (random.integer(0, 5)) {
      case 0:
        copy[at] ^= 1 << random.integer(0, 7);
        break;
      case 1:
        view.setUint32(at & ~3, words[random.integer(0, words.length - 1)] >>> 0, true);
        break;
      case 2:
        copy[at] = random.integer(0, 255);
        break;
      case 3:
        copy = copy.slice(0, Math.max(8, at));
        break;
      case 4:
        copy.fill(random.integer(0, 255), at, at + random.integer(1, 16));
        break;
      default:
        copy.copyWithin(at, random.integer(0, copy.length - 5), copy.length);
    }
    if (copy.length < 16) break;
  }
  return copy;
}

/** Reads, describes and packs a file, and runs a small one. @returns `ran`, or the code of our own error. @throws anything else */
export function tryNetwork(bytes: Uint8Array): string {
  return outcome(() => {
    const network = readTflite(bytes, 'mutant.tflite');
    const golden = new GoldenNetwork(network);
    const bundle = bareBundle(network);
    if (bundle !== undefined) packBundle(bundle, hostBoard);
    if (golden.macs > mostMacs) return;
    golden.run(
      network.inputs.map(index => {
        const { type, shape } = network.tensors[index];
        return new (type === 'uint8' ? Uint8Array : Int8Array)(elementCount(shape));
      }),
    );
  });
}

/** The same of the text of a `bundle.yaml`. */
export const tryBundle = (text: string): string => outcome(() => void parseBundle(text, 'bundle.yaml'));

function outcome(work: () => void): string {
  try {
    work();
    return 'ran';
  } catch (error) {
    if (error instanceof LittlefirstError && error.code !== 'LF_INTERNAL') return error.code;
    throw error;
  }
}

const values = [
  ...[
    '-1',
    '0',
    '0.5',
    '1e30',
    '-1e308',
    '.inf',
    '.nan',
    '70000',
    '4294967296',
    '9007199254740993',
    '~',
    '""',
    'true',
    '[]',
  ],
  ...[
    '{}',
    '[[[[[[[[]]]]]]]]',
    `"${'x'.repeat(5000)}"`,
    '2001-01-01',
    '0x7fffffffffffffff',
    '!!binary aGk=',
    '"\\u202e"',
    '*a',
  ],
];

/** Texts of `bundle.yaml` that mean harm, from a good one. @param count how many */
export function hostileBundles(good: string, count: number, seed = 1): string[] {
  const random = new Random(seed, 42);
  const lines = good.split('\n');
  const fixed = [
    '',
    '\0',
    '\ufeff',
    '[',
    '{'.repeat(20_000),
    '- '.repeat(20_000),
    `a: ${'['.repeat(5000)}`,
    `a: &a [${'x, '.repeat(100)}x]\n${Array.from({ length: 9 }, (_, i) => `k${i}: &k${i} [${`*${i === 0 ? 'a' : `k${i - 1}`}, `.repeat(9)}]`).join('\n')}`,
    `${good}\n${good}`,
    good.replaceAll('\n', '\r'),
    `${good}\n__proto__: { polluted: true }\nconstructor: 1\n`,
    good.replace(/labels: .*/, `labels: [${Array.from({ length: 5000 }, (_, i) => `l${i}`).join(', ')}]`),
    good.replace(/channels: .*/, `channels: ${65_535}`),
    good.replace(/samples: .*/, 'samples: 65535'),
    'x'.repeat(1_000_000),
    `schema: littlefirst.bundle/1\n${'#'.repeat(900_000)}`,
  ];
  return Array.from({ length: count }, (_, i) => {
    if (i < fixed.length) return fixed[i];
    const copy = [...lines];
    for (let changes = random.integer(1, 3); changes > 0; changes -= 1) {
      const at = random.integer(0, copy.length - 1);
      const value = values[random.integer(0, values.length - 1)];
      const kind = random.integer(0, 3);
      if (kind === 0) copy[at] = copy[at].replace(/[^\s:,[\]{}]+(?=\s*[,\]}]|$)/, () => value);
      else if (kind === 1) copy.splice(at, 1);
      else if (kind === 2) copy.splice(at, 0, copy[random.integer(0, copy.length - 1)]);
      else copy[at] = copy[at].replace(/: .*/, () => `: ${value}`);
    }
    return copy.join('\n');
  });
}
