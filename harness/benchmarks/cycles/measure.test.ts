import { expect } from 'chai';
import { execa } from 'execa';
import { packagePath } from '../../package-root.js';
import { add, profile, type Spent, total } from './measure.js';
import { cycleReport } from './report.js';
import { stageOf } from './stages.js';

const hasQemu = await execa('qemu-system-arm', ['--version'], { reject: false }).then(
  ({ failed }) => !failed,
);
const data = { set: 'synthetic', order: 'published', windows: 6, seed: 1 };
const bundle = packagePath('fixtures', 'bundles', 'little-first-b');
const boards: [string, string, string][] = [['rp2040', 'rp2040', '133MHz']];
if (hasQemu) boards.push(['lm3s6965-m4', 'apollo3', '96MHz']);

describe('bench:cycles', function () {
  this.timeout(300_000);
  for (const [board, chip, level] of boards)
    it(`finds every cycle of a campaign's windows in a function (${board})`, async () => {
      const common = { board, chip, level, bundle, strategy: 'little-first', data };
      const found = await profile({ ...common, countsWaitStates: false });
      expect(found.goldenMismatches).to.equal(0);
      expect(found.windows).to.have.length(6);
      const spent: Spent = new Map();
      for (const window of found.windows) add(spent, window.spent);
      expect(total(spent) / 6).to.be.closeTo(found.mean, 1e-6);
      expect([...spent.keys()]).to.include.members(['features_compute', 'belief_update', 'drift_distances']);
      expect(spent.has('elsewhere')).to.equal(false);
      expect(found.transfer.get('frames_receive')).to.be.above(0);
      expect(cycleReport(found, 3)).to.include('| features |').and.to.include('`');
    });

  it('knows the stage of a function by its name', () => {
    const names = [
      'fixed_log2_q10',
      'lf_m4_quads',
      'fixed_isqrt',
      'belief_best',
      'frames_receive',
      'text_char',
    ];
    expect(names.map(stageOf)).to.deep.equal([
      'features',
      'classifier',
      'drift',
      'filter',
      'receive',
      'answer',
    ]);
    expect(['stretch', 'run_positions', 'enter'].map(stageOf)).to.deep.equal([
      'features',
      'classifier',
      'step',
    ]);
  });
});
