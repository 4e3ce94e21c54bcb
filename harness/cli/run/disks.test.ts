import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestBench } from '../../testing/bench/test-bench.js';
import { program } from '../../testing/child.js';

/** Where a user may mount a small disk of his own. */
const canMount =
  spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' }).status === 0;

/* Each command of the program prints its exit code. The disk takes the plan and the first blocks, then no more. */
const script = `
  program=("$@")
  littlefirst() { "\${program[@]}" "$@"; echo "exit code $?"; }
  mount -t tmpfs -o size=28k tmpfs "$DISK" || exit 1
  littlefirst run "$BENCH" --out "$DISK/run"
  mount -o remount,size=64m "$DISK"
  littlefirst run --resume "$DISK/run"
  mount -o remount,ro "$DISK"
  littlefirst check "$DISK/run"
  littlefirst report "$DISK/run"
  littlefirst run --resume "$DISK/run"
`;

describe('a disk', function () {
  this.timeout(1_800_000);
  const test = canMount ? it : () => undefined;

  test('that fills up ends a run, which goes on where there is room; a run that may only be read is checked', async () => {
    const bench = await TestBench.make({ strategies: ['big-only', '1BDD'], meter: { driver: 'direct' } });
    try {
      const disk = join(bench.folder, 'disk');
      await mkdir(disk);
      const env = {
        ...process.env,
        DISK: disk,
        BENCH: bench.benchFile,
      };
      const shell = spawn('unshare', ['-rm', 'bash', '-c', script, 'bash', ...program], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let text = '';
      for (const stream of [shell.stdout, shell.stderr])
        stream.on('data', (bytes: Buffer) => {
          text += bytes.toString();
        });
      await once(shell, 'close');
      const [full, resumed, checked, reported, again] = text.split(/(?<=exit code \d+)\n/);
      expect(full, text).to.match(/LF_JOURNAL[\s\S]*ENOSPC[\s\S]*exit code 3$/);
      expect(resumed, text).to.match(/exit code 0$/);
      expect(checked, text).to.match(/junit\.xml cannot be written[\s\S]*PASS[\s\S]*exit code 0$/);
      for (const ended of [reported, again]) expect(ended, text).to.match(/LF_JOURNAL[\s\S]*exit code 3$/);
      expect(text).to.not.match(/TypeError|LF_INTERNAL|at \w+ \(/);
    } finally {
      await bench.remove();
    }
  });
});
