import { spawn } from 'node:child_process';

/** The program that opens a file with what its owner has chosen for it. */
function opener(): [program: string, ...args: string[]] {
  if (process.platform === 'darwin') return ['open'];
  return process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
}

/**
 * Opens a page in the user's browser and does not wait for it.
 * @returns why it could not be opened; undefined where the program was started
 */
export function openPage(file: string): Promise<string | undefined> {
  const [program, ...args] = opener();
  return new Promise(done => {
    const child = spawn(program, [...args, file], { detached: true, stdio: 'ignore' });
    child.once('error', ({ message }) => done(`${program} could not be started: ${message}`));
    child.once('spawn', () => {
      child.unref();
      done(undefined);
    });
  });
}
