import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asLittlefirstError, exitCodeOf, LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { isLater, released } from './notes.js';

/*
 * `npm run release -- VERSION`: version, notes and a packed tarball that a stranger's path was walked with. Commits and tags nothing, and publishes
 * nothing: it prints the commands. `--keep-version` packs and checks the present version only.
 */

const run = (program: string, ...words: string[]): string =>
  execFileSync(program, words, {
    cwd: packagePath(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** @throws LF_USAGE */
function checkClean(): void {
  const changed = run('git', 'status', '--porcelain').trim();
  if (changed === '') return;
  throw new LittlefirstError('LF_USAGE', 'There are local changes', {
    expected: 'a clean working tree: a release is what is committed',
    received: changed.split('\n').slice(0, 5).join('; '),
    hint: 'commit or stash them',
  });
}

interface Manifest {
  version: string;
}

/** Version and notes in package.json, package-lock.json and CHANGELOG.md. @returns the notes @throws LF_USAGE */
function writeVersion(version: string): string {
  const { version: before } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as Manifest;
  if (!isLater(version, before))
    throw new LittlefirstError('LF_USAGE', `${version} is not later than ${before}`, {
      expected: `a version after ${before}`,
      received: version,
    });
  const file = packagePath('CHANGELOG.md');
  const { changelog, notes } = released(
    readFileSync(file, 'utf8'),
    version,
    new Date().toISOString().slice(0, 10),
  );
  run('npm', 'version', version, '--no-git-tag-version', '--allow-same-version');
  writeFileSync(file, changelog);
  return notes;
}

/** Packs (which builds), and walks the stranger's path with exactly that tarball. @returns the tarball @throws LF_INTERNAL */
function pack(folder: string): string {
  const told = run('npm', 'pack', '--json', '--pack-destination', folder);
  const [{ filename }] = JSON.parse(told.slice(told.indexOf('[\n'))) as { filename: string }[];
  const tarball = join(folder, filename);
  const checked = spawnSync('npx', ['mocha', 'harness/library/package.test.ts'], {
    cwd: packagePath(),
    env: { ...process.env, LITTLEFIRST_TARBALL: tarball },
    stdio: 'inherit',
  });
  if (checked.status === 0) return tarball;
  throw new LittlefirstError('LF_INTERNAL', "The stranger's path broke with the packed tarball", {
    expected: 'harness/library/package.test.ts to pass',
    received: `exit code ${checked.status}`,
    hint: `mend it, take back version and changelog with git, and release again; the tarball is ${tarball}`,
  });
}

function main([version]: readonly string[]): void {
  if (version === undefined)
    throw new LittlefirstError('LF_USAGE', 'Which version?', {
      expected: 'npm run release -- 1.2.0, or --keep-version to pack and check the present one',
    });
  checkClean();
  const notes = version === '--keep-version' ? undefined : writeVersion(version);
  const folder = mkdtempSync(join(tmpdir(), 'littlefirst-release-'));
  const tarball = pack(folder);
  console.log(`\nchecked: ${tarball}`);
  if (notes === undefined) return;
  const file = join(folder, 'notes.md');
  writeFileSync(file, `${notes}\n`);
  console.log(`notes: ${file}

next:
  git commit -am "Release ${version}" && git tag -a v${version} -F ${file}
  git push --follow-tags
  npm publish ${tarball}`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  const { code, message } = asLittlefirstError(error);
  console.error(`${code}  ${message}`);
  process.exitCode = exitCodeOf(error);
}
