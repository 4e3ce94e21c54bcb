import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { littlefirst } from '../../testing/cli.js';

interface Shell {
  onData(told: (text: string) => void): void;
  write(text: string): void;
  kill(signal: string): void;
}
interface NodePty {
  spawn(file: string, args: string[], options: object): Shell;
}

/** Types into an interactive shell, and resolves with what it shows as soon as that has the wanted words. */
function typed(file: string, args: string[], cwd: string, lines: string[], wanted: RegExp): Promise<string> {
  const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as NodePty;
  const env = { PATH: process.env.PATH, HOME: cwd, TERM: 'dumb', PS1: '> ' };
  const shell = spawn(file, args, { cwd, env, cols: 200, rows: 50 });
  return new Promise<string>(resolve => {
    let shown = '';
    shell.onData(text => {
      shown += text;
      if (wanted.test(shown)) resolve(shown);
    });
    for (const line of lines) shell.write(line);
  }).finally(() => shell.kill('SIGKILL'));
}

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe('completion in a shell', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-completion-'));
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, out, err } = await littlefirst(folder, 'completion', shell);
      expect(code, err).to.equal(0);
      await writeFile(join(folder, `littlefirst.${shell}`), out);
    }
    await writeFile(join(folder, 'mine.yaml'), '');
  });
  after(() => rm(folder, { recursive: true }));

  const bash = (...words: string[]): string[] => {
    const script = `source littlefirst.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _littlefirst; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', 'littlefirst', ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    return stdout.split('\n').filter(word => word !== '');
  };

  it('knows commands, options, and the names that each value may have', () => {
    expect(bash('ru')).to.deep.equal(['run']);
    expect(bash('model', 'in')).to.deep.equal(['inspect']);
    expect(bash('run', '--out', 'x', '--str')).to.deep.equal(['--strategy']);
    expect(bash('run', '--board', '')).to.include.members(['rp2040', 'lm3s6965']);
    expect(bash('run', '--chip', 'ecm')).to.deep.equal(['ecm3532']);
    expect(bash('run', '--bundle', 'little')).to.include('little-first-a');
    expect(bash('run', '--order', '')).to.deep.equal(['published', 'chronological']);
    expect(bash('run', 'side')).to.deep.equal(['side-by-side']);
    expect(bash('run', 'mi')).to.deep.equal(['mine.yaml']);
    expect(bash('meter', 'emulate', 'pp')).to.deep.equal(['ppk2']);
    expect(bash('completion', '')).to.deep.equal(['bash', 'zsh', 'fish']);
  });

  it('works in an interactive bash', async () => {
    const shown = await typed(
      'bash',
      ['--norc', '--noprofile', '-i'],
      folder,
      ['source littlefirst.bash\n', 'littlefirst board emulate rp20\t'],
      /emulate rp2040/,
    );
    expect(shown).to.match(/rp2040/);
  });

  if (has('zsh'))
    it('works in an interactive zsh', async () => {
      const begin = 'autoload -Uz compinit && compinit -u -D && source ./littlefirst.zsh\n';
      const shown = await typed(
        'zsh',
        ['-f', '-i'],
        folder,
        [begin, 'littlefirst model insp\t'],
        /model inspect/,
      );
      expect(shown).to.match(/inspect/);
    });

  if (has('fish'))
    it('works in fish', () => {
      const complete = (line: string): string[] =>
        spawnSync('fish', ['--no-config', '-c', `source littlefirst.fish; complete -C '${line}'`], {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, HOME: folder },
        })
          .stdout.split('\n')
          .map(text => text.split('\t')[0])
          .filter(word => word !== '');
      expect(complete('littlefirst ru')).to.include('run');
      expect(complete('littlefirst model in')).to.deep.equal(['inspect']);
      expect(complete('littlefirst run --chip ecm')).to.include('ecm3532');
      expect(complete('littlefirst run --stra')).to.deep.equal(['--strategy']);
    });
});
