import { expect } from 'chai';
import { parseYamlText } from './yaml-file.js';

describe('serial numbers in YAML', () => {
  for (const written of [
    '00123',
    '0123456789',
    '66E1234',
    '1e3',
    '0x1F',
    '0o17',
    '.5',
    '5.',
    '1_000',
    'true',
    '+12',
    '90071992547409931',
  ])
    it(`are taken as they are written: ${written}`, () => {
      for (const text of [
        `device: { serialNumber: ${written}, vid: 0483 }`,
        `device:\n  serialNumber: ${written} # mine\n  vid: 0483\n`,
      ])
        expect(parseYamlText(text)).to.deep.equal({ device: { serialNumber: written, vid: '0483' } });
    });

  it('may stand in quotes, and other keys keep their numbers', () => {
    expect(
      parseYamlText(`a: { serialNumber: "00123", pid: '0010', baudRate: 0x10, port: 2, serial: ~ }`),
    ).to.deep.equal({
      a: { serialNumber: '00123', pid: '0010', baudRate: 16, port: 2, serial: null },
    });
  });
});
