import { expect } from 'chai';
import { crc16OfText } from '../../wire/link/crc16.js';

/** A line of an `lf` reply with its checksum, without its end. @param text ends in a space */
export const withCrc = (text: string): string =>
  `${text}*${crc16OfText(text).toString(16).toUpperCase().padStart(4, '0')}`;

/** The lines of an `lf` reply without their checksums, which are checked. */
export function checked(reply: string): string[] {
  return reply
    .trimEnd()
    .split('\r\n')
    .map(line => {
      const match = /^(.* )\*([0-9A-F]{4})$/.exec(line);
      expect(match, line).not.equal(null);
      expect(Number.parseInt(match![2], 16), line).to.equal(crc16OfText(match![1]));
      return match![1].trimEnd();
    });
}
