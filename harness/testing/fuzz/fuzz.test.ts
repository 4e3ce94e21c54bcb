import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { packagePath } from '../../package-root.js';
import { parseLinkUrl } from '../../wire/link/url.js';
import { fuzz } from './fuzzer.js';
import { fuzzTargets } from './targets.js';

/** Enough to see that a target works at all; the search is `npm run fuzz`. */
const executions = 250;
/** Of a driver each is a whole session with its instrument. */
const sessions = 50;

describe('what reads foreign bytes', function () {
  this.timeout(300_000);

  for (const target of fuzzTargets)
    it(`ends in a documented error or none: ${target.name}`, async () => {
      const folder = packagePath('fixtures', 'corpora', target.name);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const corpus = names.map(name => readFileSync(join(folder, name)));
      const random = new Random(1);
      const most = target.name.startsWith('driver-') ? sessions : executions;
      const { finds } = await fuzz(target, random, corpus, Number.POSITIVE_INFINITY, most);
      expect(
        finds.map(({ input, error }) => `${JSON.stringify(input.toString('latin1'))}: ${error}`),
      ).to.deep.equal([]);
    });

  it('is searched by what an input reaches: a fault behind three doors is found', async () => {
    const target = {
      name: 'planted',
      seeds: [Buffer.from('x')],
      words: ['tcp:', 'h', ':', '7'],
      run: (input: Buffer) => {
        const address = parseLinkUrl(input.toString('latin1'));
        if (address.kind === 'tcp' && address.port > 6) throw new TypeError('planted');
      },
    };
    const { finds } = await fuzz(target, new Random(1), [], Number.POSITIVE_INFINITY, 400_000);
    expect(finds.length).to.be.greaterThan(0);
    expect(String(finds[0].error)).to.include('planted');
  });
});
