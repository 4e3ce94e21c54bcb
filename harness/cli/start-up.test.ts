import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';

/** Most seconds of a processor beyond those that Node itself needs to start, the best of so many tries: a busy host makes each dearer. */
const most = 0.3;
const tries = 4;

const told =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error("cpu "+(user+system)/1e6)})';

function seconds(words: readonly string[]): number {
  const ended = spawnSync(process.execPath, ['--import', told, ...words], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(ended.status, ended.stderr).to.equal(0);
  return Number(/cpu ([\d.]+)/.exec(ended.stderr)?.[1]);
}

/* Runs the build, as users do: from source, most of the time would be the translation's. */
describe('the start of the program', function () {
  this.timeout(120_000);
  const bin = packagePath('bin', 'littlefirst.js');

  for (const words of [['--version'], ['--help'], ['run', '--help'], ['check', '--help'], ['init', '--help']])
    it(`takes little for ${words.join(' ')}`, () => {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < tries && best > most; i += 1)
        best = Math.min(best, seconds([bin, ...words]) - seconds(['-e', '0']));
      expect(best).to.be.at.most(most);
    });
});
