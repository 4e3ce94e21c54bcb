import { expect } from 'chai';
import { parseYamlText } from './yaml-text.js';

describe('YAML', () => {
  it('is read as the library reads it', () => {
    expect(parseYamlText('a: 1\nb: [x, &y { z: 2 }, *y]\n')).to.deep.equal({
      a: 1,
      b: ['x', { z: 2 }, { z: 2 }],
    });
    expect(parseYamlText('')).to.equal(null);
  });

  it('is refused with a key that stands twice, by its line, in whatever map', () => {
    expect(() => parseYamlText('a: 1\nb: 2\na: 3\n')).to.throw(
      'the key "a" stands twice in one map at line 3',
    );
    expect(() => parseYamlText('- { a: 1, a: 2 }')).to.throw('the key "a"');
    expect(() => parseYamlText('- { a: 1 }\n- { a: 2 }')).to.not.throw();
    expect(() => parseYamlText('1: a\n"1": b')).to.throw('the key "1" stands twice');
    expect(() => parseYamlText('~: a\n"": b')).to.throw('the key "" stands twice');
  });

  it('is refused with keys that are no words, which the library would make words of', () => {
    for (const text of ['? { a: 1 }\n: 2', '[a]: 1', '&x a: 1\n*x : 2', '? !!binary aGk=\n: 2'])
      expect(() => parseYamlText(text), text).to.throw('a key is no word');
  });

  it('is refused when no person wrote so much', () => {
    expect(() => parseYamlText(`a: ${'x'.repeat(1 << 20)}`)).to.throw(RangeError);
  });
});
