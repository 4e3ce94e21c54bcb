import { expect } from 'chai';
import { triedPorts } from '../../testing/boards/chip-faults.js';
import { canTryPorts, PortTrial } from '../../testing/boards/port-trial.js';

const { port, faults } = triedPorts.nrf52840;

if (await canTryPorts())
  describe('nrf52840 port on a model of its chip', function () {
    this.timeout(120_000);
    let trial: PortTrial;
    before(async () => {
      trial = await PortTrial.build(port);
    });
    after(() => trial.remove());

    it('keeps the rules from each level to each other, sleeps beyond its watchdog, and keeps what wakes it', async () => {
      const { lines, broken, events } = await trial.run();
      expect(broken).to.equal(undefined);
      expect(lines.slice(0, 2)).to.deep.equal(['no reason', 'baud 1 0 1 1']);
      const levels = lines.filter(line => line.startsWith('level'));
      expect(levels.filter(line => line === 'level 1 1 1300 64000000')).to.have.length(4);
      expect(levels.filter(line => line === 'level 1 0 1300 64000000')).to.have.length(4);
      expect(levels.filter(line => line.startsWith('level 0'))).to.have.length(3);
      expect(levels).to.have.length(11);
      const idles = lines.filter(line => line.startsWith('idle')).map(line => line.split(' ').map(Number));
      expect(idles).to.have.length(13);
      for (const [, asked, passed] of idles) {
        expect(passed).to.be.above(asked);
        expect(passed).to.be.at.most(asked + 20);
      }
      const cycles = lines.filter(line => line.startsWith('cycles')).map(line => Number(line.split(' ')[1]));
      expect(cycles).to.have.length(2);
      for (const count of cycles) expect(count).to.be.within(3000, 20_000);
      expect(lines.slice(-2)).to.deep.equal(['heard 65 66 67', 'end']);
      const of = (kind: string) => events.filter(({ event }) => event === kind).map(({ value }) => value);
      expect(of('marker').slice(0, 6)).to.deep.equal([2, 1, 0, 2, 1, 0]);
      /* The linear regulator after the reset, then the pairs; what is set already is not told. */
      expect(of('level')).to.deep.equal([1, 0, 1, 0, 1]);
      expect(of('elapse').filter(us => us > 19_000_000)).to.have.length(1);
    });

    for (const fault of faults)
      it(`names what the chip does not bear: ${fault.rule.source} (${fault.file})`, async () => {
        expect((await trial.run(fault)).broken).to.match(fault.rule);
      });
  });
