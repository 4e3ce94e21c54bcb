import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../cache-folder.js';
import { LittlefirstError } from '../../errors.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { packagePath } from '../../package-root.js';

/** One line of the plugin's event stream; README.md of firmware/qemu-plugin defines the events. */
export interface TimingEvent {
  event: string;
  value: number;
  /** Best estimate, optimistic and pessimistic core cycles since the start; `sync` lines have none. */
  cycles: number;
  lo: number;
  hi: number;
  /** Part of `hi - lo` that operands decide: long multiplications and divisions that end early. */
  early: number;
  instructions: number;
  /** Microseconds of announced sleep so far, in which no cycles pass. */
  sleepUs: number;
}

const fields = ['value', 'cycles', 'lo', 'hi', 'early', 'instructions', 'sleepUs'] as const;

/**
 * Parses a line of the event stream.
 * @throws LF_EMULATOR_FAILED for anything else than an event
 */
export function parseTimingEvent(line: string): TimingEvent {
  let parsed: Record<string, unknown> | undefined;
  try {
    parsed = JSON.parse(line) as Record<string, unknown>;
  } catch {
    parsed = undefined;
  }
  const isSync = parsed?.event === 'sync';
  const complete =
    typeof parsed?.event === 'string' &&
    fields.every(field => Number.isSafeInteger(parsed[field]) || (isSync && field !== 'value'));
  if (!complete) {
    throw new LittlefirstError('LF_EMULATOR_FAILED', 'The timing plugin sent a line that is no event', {
      expected: `a JSON object with event, ${fields.join(', ')}`,
      received: line.slice(0, 200),
      hint: 'make -C firmware/qemu-plugin clean all, the plugin may be of another version',
    });
  }
  return { cycles: 0, lo: 0, hi: 0, early: 0, instructions: 0, sleepUs: 0, ...parsed } as TimingEvent;
}

const sourceFolder = packagePath('firmware', 'qemu-plugin');
const fileName = 'libtiming.so';

/** Folders of sources: the plugin's own, and the chips that it models. */
const sourceFolders = ['.', 'apollo3', 'rp2350'];

async function sourceNames(): Promise<string[]> {
  const names = await Promise.all(
    sourceFolders.map(async folder =>
      (await readdir(join(sourceFolder, folder))).map(name => join(folder, name)),
    ),
  );
  return names
    .flat()
    .filter(name => /\.[ch]$|^Makefile$/.test(name))
    .sort();
}

/** SHA-256 over the plugin's sources: another version of the package builds its own. */
async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await sourceNames()) hash.update(name).update(await readFile(join(sourceFolder, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Copies what is in the files, not their rights: those of an installed package may be read-only. */
async function copySources(target: string): Promise<void> {
  await mkdir(target);
  for (const folder of sourceFolders.slice(1)) await mkdir(join(target, folder));
  for (const name of await sourceNames())
    await writeFile(join(target, name), await readFile(join(sourceFolder, name)));
}

async function buildPlugin(): Promise<string> {
  const folder = await cacheFolder('timing-plugin', `${await sourcesHash()}-${process.arch}`);
  const plugin = join(folder, fileName);
  if (existsSync(plugin)) return plugin;
  // Beside its sources by relative paths: make cannot hold the spaces of a user's folder. What two processes build is the same.
  const workshop = makeTemporaryFolder('build', folder);
  const result = await copySources(join(workshop, 'src'))
    .then(() => execa('make', ['-C', join(workshop, 'src'), 'BUILD=../..'], { reject: false, all: true }))
    .finally(() => removeTemporaryFolder(workshop));
  if (!result.failed) return plugin;
  const compilerAbsent = result.exitCode === undefined || /not found|No such file/.test(result.all ?? '');
  throw new LittlefirstError(
    compilerAbsent ? 'LF_TOOL_MISSING' : 'LF_EMULATOR_FAILED',
    'The timing plugin for QEMU could not be built; boards on QEMU need it',
    {
      expected: 'make and a C compiler for this machine (Debian: apt-get install make gcc)',
      received: (result.all ?? result.shortMessage).slice(-1500),
      hint: 'make -C firmware/qemu-plugin, in the folder of the package',
    },
  );
}

let built: Promise<string> | undefined;

/**
 * Path of the timing plugin, in the user's cache; built there first where these sources have not been built yet (once a process).
 * @throws LF_TOOL_MISSING without make or compiler, LF_EMULATOR_FAILED when the build fails
 */
export function ensureTimingPlugin(): Promise<string> {
  built ??= buildPlugin();
  return built;
}
