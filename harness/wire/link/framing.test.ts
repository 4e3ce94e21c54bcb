import { expect } from 'chai';
import fc from 'fast-check';
import { cobsDecode, cobsEncode, maxEncodedLength } from './cobs.js';
import { crc16, crc16OfText } from './crc16.js';

describe('crc16', () => {
  it('gives the check value of CRC-16/CCITT-FALSE', () => {
    expect(crc16(Buffer.from('123456789'))).to.equal(0x29b1);
    expect(crc16OfText('123456789 tail', 9)).to.equal(0x29b1);
  });

  it('notices every single flipped bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (bytes, at) => {
        const damaged = bytes.slice();
        damaged[(at >> 3) % bytes.length] ^= 1 << (at & 7);
        expect(crc16(damaged)).to.not.equal(crc16(bytes));
      }),
    );
  });
});

describe('cobs', () => {
  it('carries any bytes without a zero and brings them back', () => {
    const content = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })), { maxLength: 1300 });
    fc.assert(
      fc.property(content, values => {
        const source = Uint8Array.from(values);
        const encoded = new Uint8Array(maxEncodedLength(source.length));
        const end = cobsEncode(source, source.length, encoded);
        expect(encoded.subarray(0, end).includes(0)).to.equal(false);
        const decoded = new Uint8Array(source.length);
        expect(cobsDecode(encoded.subarray(0, end), decoded)).to.equal(source.length);
        expect(decoded).to.deep.equal(source);
      }),
    );
  });

  it('handles runs of 253, 254 and 255 bytes without zeros', () => {
    for (const length of [253, 254, 255, 508, 509]) {
      const source = new Uint8Array(length).fill(7);
      const encoded = new Uint8Array(maxEncodedLength(length));
      const end = cobsEncode(source, length, encoded);
      const decoded = new Uint8Array(length);
      expect(cobsDecode(encoded.subarray(0, end), decoded)).to.equal(length);
      expect(decoded).to.deep.equal(source);
    }
  });

  it('says -1 to a frame cut short or too long for its target', () => {
    expect(cobsDecode(Uint8Array.of(5, 1, 2), new Uint8Array(8))).to.equal(-1);
    expect(cobsDecode(Uint8Array.of(3, 1, 2), new Uint8Array(1))).to.equal(-1);
  });
});
