import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { LineWatch, showBytes } from './line-watch.js';

function watched(received: string | Buffer, sent = 'name%', flowControlBytes = 0): LineWatch {
  const watch = new LineWatch();
  watch.onSent(sent);
  watch.flowControlBytes = flowControlBytes;
  const bytes = Buffer.from(received as string, 'latin1');
  if (bytes.length > 0) watch.onReceived(bytes);
  return watch;
}

const reply = 'm-name-dut-[acme]\r\nm-ready\r\n';
/** Even parity in bit 7, as a line with seven data bits brings it. */
const withParity = Buffer.from(
  Array.from(Buffer.from(reply), byte => byte | (((byte.toString(2).split('1').length - 1) % 2) << 7)),
);

describe('LineWatch', () => {
  const cases: [what: string, watch: LineWatch, seen: RegExp, hint: RegExp][] = [
    ['silence', watched(''), /not a byte/, /power.*RX and TX.*no other program/],
    ['an echo alone', watched('name%name%'), /echoes/, /local echo/],
    ['an echo before replies', watched(`name%${reply}`), /echoes/, /local echo/],
    ['a parity bit', watched(withParity), /parity/, /8N1/],
    ['another rate', watched('\xe0\x1c\xfc\x00\x9c\xe0\xfc'), /no text at this rate/, /baud/],
    ['flow control', watched(reply, 'name%', 2), /XON or XOFF/, /software flow control/],
    ['telnet', watched('\xff\xfb\x01\xff\xfd\x03hello'), /telnet/, /rfc2217:/],
    [
      'a modem probe',
      watched('e-[Unknown command: AT+GCAPname]\r\nm-ready\r\n'),
      /ModemManager/,
      /ID_MM_DEVICE_IGNORE/,
    ],
    [
      'a modem probe that ends in CR',
      watched('e-[Unknown command: AT\rname]\r\nm-ready\r\n'),
      /ModemManager/,
      /udev/,
    ],
    [
      'another firmware',
      watched('U-Boot 2023.01\r\n=> \r\n'),
      /none of this protocol/,
      /another firmware|other port/,
    ],
  ];
  for (const [what, watch, seen, hint] of cases)
    it(`names ${what}, with its own cure`, () => {
      const diagnosis = watch.diagnose()!;
      expect(diagnosis.seen).to.match(seen);
      expect(diagnosis.hint).to.match(hint);
    });

  it('names a board that starts again and again', () => {
    const watch = new LineWatch();
    for (let i = 0; i < 3; i += 1) watch.onReceived(Buffer.from('m-init-done\r\nm-ready\r\n'));
    expect(watch.diagnose()).to.deep.include({ seen: 'the board started 3 times' });
  });

  it('names nothing where only the answer is missing, and does not take words of a reply for a modem', () => {
    expect(watched(reply).diagnose()).to.equal(undefined);
    expect(watched('e-[Unknown command: start]\r\nm-ready\r\n').diagnose()).to.equal(undefined);
    expect(watched('m-dut-passthrough(name)\r\nm-ready\r\n', 'dut name%').diagnose()).to.equal(undefined);
  });

  it('shows the last bytes as text and as hex', () => {
    expect(showBytes(Buffer.from('ok\r\n\xff', 'latin1'))).to.equal('bytes "ok\\r\\n\\xff" (6f 6b 0d 0a ff)');
    expect(showBytes(Buffer.alloc(100, 'x'))).to.match(/^last bytes "x{48}" \((78 ){47}78\)$/);
  });

  it('puts what was seen in the place of the general hint, and leaves other errors as they are', () => {
    const general = new LittlefirstError('LF_DUT_TIMEOUT', 'No answer', {
      expected: 'one',
      received: 'nothing',
      hint: 'general',
      fields: { phase: 'sync' },
    });
    const told = watched('').explain(general);
    expect(told.code).to.equal('LF_DUT_TIMEOUT');
    expect(told.message).to.match(/^No answer\n {2}expected: one\n {2}received: nothing; not a byte came/);
    expect(told.message).not.to.contain('general');
    expect(told.detail.fields).to.include({ phase: 'sync', seen: 'not a byte came' });
    expect(watched('').explain(told), 'once is enough').to.equal(told);
    expect(watched(reply).explain(general).message).to.contain('general').and.contain('6d 2d 6e 61');
    const lost = new LittlefirstError('LF_LINK_LOST', 'gone');
    expect(watched('').explain(lost)).to.equal(lost);
  });
});
