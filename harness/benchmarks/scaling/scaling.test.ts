import { expect } from 'chai';
import { measure } from './scaling.js';

describe('scaling benchmark', () => {
  it('should measure reports of journals that grow with their windows', async function () {
    this.timeout(180_000);
    const small = await measure('measure-reports', ['400', '1', '1']);
    const large = await measure('measure-reports', ['1600', '1', '1']);
    expect(small).to.include({ windows: 400, levels: 1, chips: 1 });
    expect(large.journalBytes / small.journalBytes).to.be.within(3.3, 4.1);
    expect(small.seconds).to.be.above(0);
    expect(large.peakBytes).to.be.within(5e7, 1e9);
  });

  it('should measure a whole campaign from command to report', async function () {
    this.timeout(180_000);
    const figures = await measure('measure-campaign', ['60', 'rp2040:133MHz,64MHz']);
    expect(figures).to.include({ windows: 60, boards: 1, levels: 2, exitCode: 0 });
    expect(figures.journalBytes).to.be.above(60 * 2 * 20);
    expect(figures.peakBytes).to.be.within(5e7, 1e9);
  });

  it('should import recordings in memory that does not grow with them', async function () {
    this.timeout(600_000);
    /* Else V8 lets the young generation grow to three halves of 16 MiB on the way, and takes back when it likes: more than what is looked for. */
    const words = ['--max-semi-space-size=1'];
    const small = await measure('measure-import', ['1', '4'], words);
    const large = await measure('measure-import', ['10', '4'], words);
    expect(large.rows / small.rows).to.be.within(9, 11);
    for (const { imported, rows } of [small, large]) expect(imported).to.equal(rows);
    /* Rows that were held would take a dozen times what their text does; the rest is what the garbage collector leaves lying about. */
    expect(large.peakBytes - small.peakBytes).to.be.below(5 * 9 * 2 ** 20);
  });
});
