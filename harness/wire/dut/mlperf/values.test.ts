import { expect } from 'chai';
import { messageOf } from '../../../testing/failure.js';
import { between, isSpoilt, laps, parseResults } from './values.js';

describe('numbers of an MLPerf Tiny DUT', () => {
  it('are read as they are printed', () => {
    expect(parseResults('0.120,0.500')).to.deep.equal([0.12, 0.5]);
    expect(parseResults('0.25, .5 ,1.,2e-3,', 4)).to.deep.equal([0.25, 0.5, 1, 0.002]);
    expect(parseResults('-128,7,12')).to.deep.equal([-128, 7, 12]);
    expect(parseResults('1,0')).to.deep.equal([1, 0]);
    expect(parseResults('3.5', 6)).to.deep.equal([3.5]);
  });

  for (const text of [
    ...[
      '0,120,0,500',
      '0,120',
      '12,345,0,001',
      '-3,50',
      '0.1,,0.9',
      '',
      ' ',
      ',',
      '0x10,1',
      '1_000',
      'Infinity',
    ],
    ...['nan', '0.1;0.9', '1.2.3', '1e', '--1', '１'],
  ])
    it(`are refused in [${text}]`, async () => {
      expect(await messageOf((async () => parseResults(text))())).to.match(/^LF_DUT_REPLY/);
    });

  it('must be as many as the data have classes', async () => {
    expect(await messageOf((async () => parseResults('0.1,0.9', 6))())).to.match(
      /LF_DUT_REPLY.*6, or one score/s,
    );
  });

  it('pass the end of a timer of 32 bits, and no other', async () => {
    expect(laps(['m-lap-us-12', 'x m-lap-us-1', 'm-lap-us-1x', 'm-lap-us-4294967290'])).to.deep.equal([
      12, 4294967290,
    ]);
    expect(between(4294967290, 94)).to.equal(100);
    expect(between(8589934592, 8589934692)).to.equal(100);
    expect(await messageOf((async () => between(8589934592, 7))())).to.match(/LF_DUT_REPLY.*go back/s);
  });

  it('tell a refusal of what was sent from one of something else', () => {
    expect(isSpoilt('infer 1 0', 'e-[Unknown command: infer]')).to.equal(false);
    expect(isSpoilt('infer 1 0', 'e-[Unknown command: AT\rinfer]')).to.equal(true);
    expect(isSpoilt('db 00ff', "e-[Invalid hex digit 'AT']")).to.equal(true);
    expect(isSpoilt('db 00zz', "e-[Invalid hex digit 'zz']")).to.equal(false);
    expect(isSpoilt('db load 9', 'Supplied buffer size 9 exceeds maximum of 4')).to.equal(false);
  });
});
