import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';

/** Modules of the program that all helps together may read; the library alone has some 500. */
const mostModules = 60;
/** Packages that they may read: the command line's own, and colours. */
const packages = ['commander', 'picocolors'];

/** Tells every module that is loaded, from the thread of the loader's hooks. */
const hooks = `import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  writeSync(2, 'loaded ' + url + '\\n');
  return next(url, context);
}`;

/** Asks for each help in turn, in one process: what the first has read, the next need not, so that the sum is what any of them reads at most. */
const script = (main: string, all: readonly (readonly string[])[]) => `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
const { main } = await import(${JSON.stringify(main)});
for (const words of ${JSON.stringify(all)}) {
  const code = await main(['node', 'littlefirst', ...words]);
  if (code !== 0) throw new Error(words.join(' ') + ' ended with ' + code);
}`;

/* Runs the build, as users do. Modules are counted and not seconds, which on a busy host say little: those of Node and of these files are what is left. */
describe('the start of the program', function () {
  this.timeout(120_000);

  function loadedBy(all: readonly (readonly string[])[]): string[] {
    const main = pathToFileURL(packagePath('dist', 'cli', 'main.js')).href;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script(main, all)], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(ended.status, ended.stderr).to.equal(0);
    return [...ended.stderr.matchAll(/^loaded (.*)$/gm)].map(([, url]) => url);
  }

  it('reads neither the library nor more than a few modules for version and help, of whatever command', () => {
    const help = spawnSync(process.execPath, [packagePath('bin', 'littlefirst.js'), '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    }).stdout;
    const commands = [...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name);
    expect(commands).to.include.members(['run', 'meter', 'board', 'model', 'data', 'farm', 'completion']);
    const loaded = loadedBy([['--version'], ['--help'], ...commands.map(name => [name, '--help'])]);
    const own = loaded.filter(url => url.includes('/dist/'));
    expect(
      own.some(url => url.endsWith('/dist/cli/farm/command.js')),
      'the hooks see what is loaded',
    ).to.equal(true);
    expect(existsSync(packagePath('dist', 'library', 'index.js'))).to.equal(true);
    expect(own.filter(url => url.includes('/dist/library/'))).to.deep.equal([]);
    expect(own.length).to.be.at.most(mostModules);
    const foreign = loaded.filter(url => url.includes('/node_modules/'));
    expect(
      foreign.filter(url => !packages.some(name => url.includes(`/node_modules/${name}/`))),
    ).to.deep.equal([]);
  });
});
