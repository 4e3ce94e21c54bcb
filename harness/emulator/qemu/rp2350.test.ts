import { expect } from 'chai';
import { triedPorts } from '../../testing/boards/chip-faults.js';
import { canTryPorts, PortTrial } from '../../testing/boards/port-trial.js';

const { port, faults } = triedPorts.rp2350;

if (await canTryPorts())
  describe('rp2350 port on a model of its chip', function () {
    this.timeout(300_000);
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
        'level 1 11 125 1100 150000000',
        'level 1 9 100 1000 100000000',
        'level 1 7 64 900 64000000',
        'level 1 6 120 850 48000000',
        'level 1 5 70 800 24000000',
      ]);
      expect(lines.filter(line => line.startsWith('level'))).to.have.length(2 * 25 + 5);
      expect(lines.filter(line => line.startsWith('level 0'))).to.have.length(5);
      const idles = lines.filter(line => line.startsWith('idle')).map(line => line.split(' ').map(Number));
      expect(idles).to.have.length(2 * 25 + 1);
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
      expect(new Set(of('level'))).to.deep.equal(new Set([0, 1, 2, 3, 4]));
      /* The ring oscillator after the reset; the crystal in each change of level and each long idle. */
      expect(new Set(of('clock'))).to.deep.equal(new Set([11_000_000, 12_000_000]));
      expect(of('elapse').filter(us => us > 19_000_000)).to.have.length(1);
    });

    for (const fault of faults)
      it(`names what the chip does not bear: ${fault.rule.source} (${fault.file})`, async () => {
        expect((await trial.run(fault)).broken).to.match(fault.rule);
      });
  });
