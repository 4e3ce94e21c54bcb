import { expect } from 'chai';
import { triedPorts } from '../../testing/boards/chip-faults.js';
import { canTryPorts, PortTrial } from '../../testing/boards/port-trial.js';

const { port, faults } = triedPorts.apollo3;

if (await canTryPorts())
  describe('apollo3 port on a model of its chip', function () {
    this.timeout(120_000);
    let trial: PortTrial;
    before(async () => {
      trial = await PortTrial.build(port);
    });
    after(() => trial.remove());

    it('keeps the rules from each level to each other, sleeps beyond its watchdog, and is woken by the line', async () => {
      const { lines, broken, events } = await trial.run();
      expect(broken).to.equal(undefined);
      expect(lines.slice(0, 2)).to.deep.equal(['no reason', 'baud 1 1 0 1']);
      expect([...new Set(lines.filter(line => line.startsWith('level 1')))]).to.have.members([
        'level 1 0 1 850 96000000',
        'level 1 0 0 700 48000000',
        'level 1 1 0 700 24000000',
      ]);
      expect(lines.filter(line => line.startsWith('level'))).to.have.length(22);
      expect(lines.filter(line => line.startsWith('level 0'))).to.have.length(4);
      const idles = lines.filter(line => line.startsWith('idle')).map(line => line.split(' ').map(Number));
      expect(idles).to.have.length(19);
      for (const [, asked, passed] of idles) {
        expect(passed).to.be.at.least(asked);
        expect(passed).to.be.at.most(asked * 1.01 + 20);
      }
      const cycles = lines.filter(line => line.startsWith('cycles')).map(line => Number(line.split(' ')[1]));
      for (const count of cycles) expect(count).to.be.within(3000, 20_000);
      expect(Math.max(...cycles) - Math.min(...cycles)).to.be.at.most(0.05 * cycles[0]);
      expect(lines.slice(-2)).to.deep.equal(['heard 65', 'end']);
      const of = (kind: string) => events.filter(({ event }) => event === kind).map(({ value }) => value);
      expect(of('marker').slice(0, 4)).to.deep.equal([2, 0, 2, 0]);
      /* 24 MHz after the reset, then 48, then the pairs. */
      expect(of('level').slice(0, 4)).to.deep.equal([2, 1, 0, 1]);
      expect(of('elapse').filter(us => us > 19_000_000)).to.have.length(1);
    });

    for (const fault of faults)
      it(`names what the chip does not bear: ${fault.rule.source} (${fault.file})`, async () => {
        expect((await trial.run(fault)).broken).to.match(fault.rule);
      });
  });
