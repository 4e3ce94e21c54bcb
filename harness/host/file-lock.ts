import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

/** What util-linux's `flock` returns when the lock is held by another (its manual: `--conflict-exit-code`, default 1). */
const conflict = 1;
/** Number of the descriptor in the child. */
const inherited = 3;

/**
 * Takes the exclusive lock (`flock(2)`) of an open file without waiting. It belongs to the open file, so it holds for this process once the
 * helper program that took it has ended, and it ends when the file is closed, however this process ends. It holds
 * between containers that share the file.
 * @returns false when another open file has it; undefined where the system has no `flock` program
 */
export function lockFile(descriptor: number): boolean | undefined {
  const { status, error } = spawnSync('flock', ['--exclusive', '--nonblock', String(inherited)], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error !== undefined || status === null) return undefined;
  if (status === 0) return true;
  return status === conflict ? false : undefined;
}

/** A number of a device as the kernel prints it, from the two parts that glibc's gnu_dev_major and gnu_dev_minor make of it. */
function deviceText(dev: bigint): string {
  const hex = (value: bigint) => value.toString(16).padStart(2, '0');
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${hex(major)}:${hex(minor)}`;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/**
 * Who holds the lock of a file: `process 17 on host: node ...`. Found by the `lock:` lines of `/proc/<pid>/fdinfo` (proc(5)), so only on Linux,
 * and not in another container or, without rights, of another user.
 */
export function lockOwner(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const file = `${deviceText(stats.dev)}:${stats.ino}`;
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const folder = `/proc/${pid}/fdinfo`;
    const holds = (descriptor: string) =>
      read(`${folder}/${descriptor}`)
        .split('\n')
        .some(line => line.startsWith('lock:') && line.includes('FLOCK') && line.includes(` ${file} `));
    if (!list(folder).some(holds)) continue;
    const command = read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim();
    return `process ${pid} on ${hostname()}${command === '' ? '' : `: ${command}`}`;
  }
  return undefined;
}
