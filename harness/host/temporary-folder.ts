import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'littlefirst-';
const made = new Set<string>();
/** Folders in which those of dead processes have been looked for. */
const tidied = new Set<string>();

/* What is left when this process ends in good order; after SIGKILL the next process removes it. */
process.on('exit', () => {
  for (const folder of made) removeQuietly(folder);
});

/** Which numbering of processes a process id belongs to: containers that share the temporary folder have one each. */
function processNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    /* another user's */
  }
}

/** Removes temporary folders of harness processes of this system that are dead. */
export function removeAbandonedFolders(where = tmpdir()): void {
  const name = new RegExp(`^${prefix}[a-z]+-${processNamespace()}-(\\d+)-`);
  let entries: string[] = [];
  try {
    entries = readdirSync(where);
  } catch {
    return;
  }
  for (const entry of entries) {
    const pid = name.exec(entry)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) removeQuietly(join(where, entry));
  }
}

/**
 * Makes a private temporary folder, named after this process so that a later one can tell when it is abandoned. It is removed when the
 * process ends, at the latest.
 * @param kind what it is for, lower-case letters
 * @param where the folder that it is made in, e.g. beside what it will become
 */
export function makeTemporaryFolder(kind: string, where = tmpdir()): string {
  if (!tidied.has(where)) removeAbandonedFolders(where);
  tidied.add(where);
  const folder = mkdtempSync(join(where, `${prefix}${kind}-${processNamespace()}-${process.pid}-`));
  made.add(folder);
  return folder;
}

/** Removes a folder that {@link makeTemporaryFolder} made, and all in it. */
export function removeTemporaryFolder(folder: string): void {
  made.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}
