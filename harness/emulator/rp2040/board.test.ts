import { expect } from 'chai';
import { testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import { Rp2040Board } from './board.js';

/** Boots, streams some windows on a paced line, and returns everything that can be seen from outside. */
async function observe(translates: boolean): Promise<{ log: string[]; text: string }> {
  const log: string[] = [];
  let text = '';
  const note = (what: string) => log.push(`${what} ${board.cycles} ${board.clock.nanos.toFixed(3)}`);
  const board: Rp2040Board = new Rp2040Board(
    { levelHz: [], uart: 'paced' },
    {
      marker: value => note(`marker ${value}`),
      level: value => note(`level ${value}`),
      sleep: () => note('sleep'),
      wake: () => note('wake'),
      reset: () => log.push('reset'),
    },
    byte => {
      text += String.fromCharCode(byte);
    },
    { translates },
  );
  const strategy = { kind: 'hold', name: 's', big: 'big', gate: gates.pair } as const;
  for (const segment of testSegments(await testBundle([strategy]))) board.load(segment);
  board.reset();
  const encoder = new FrameEncoder(4);
  const run = (input: string | Uint8Array) => {
    board.feed(typeof input === 'string' ? Buffer.from(input, 'latin1') : input);
    for (let slices = 0; board.run(50_000) !== 'idle'; slices++) expect(slices).to.be.below(1000);
  };
  run('');
  run('lf level 1%');
  run('lf stream%');
  for (let i = 0; i < 60; i++) {
    const window = Uint8Array.of(i % 7, (i * 3) % 11, i & 1, 5);
    run(encoder.encode(i, window, new Uint8Array(encoder.frameBytes)).slice());
  }
  run(Uint8Array.of(0, 0));
  run('lf id 1%');
  return { log, text };
}

describe('Rp2040Board', () => {
  it('should show the same events at the same cycles with and without translation', async () => {
    const translated = await observe(true);
    const interpreted = await observe(false);
    expect(translated.text.match(/^m-w /gm)).to.have.length(60);
    expect(translated.text).to.equal(interpreted.text);
    expect(translated.log).to.deep.equal(interpreted.log);
  });
});
