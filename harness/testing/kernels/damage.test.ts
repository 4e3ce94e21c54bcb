import { expect } from 'chai';
import { damagedCores, runDamaged } from './damage.js';
import { buildJobsImage } from './jobs.js';

const jobsPerCore = 400;

/* `npm run firmware:fuzz` takes many more. */
if ((await buildJobsImage('m4', 'damage')) !== undefined)
  describe('tuned kernels on emulated cores', () => {
    for (const core of damagedCores)
      it(`refuse damaged steps or stay within their buffers on ${core}`, async () => {
        const damaged = await runDamaged(core, jobsPerCore, 1);
        expect(damaged?.finds).to.deep.equal([]);
        expect(damaged?.ran).to.be.greaterThan(jobsPerCore / 10);
      }).timeout(600_000);
  });
