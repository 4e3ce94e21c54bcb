import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { LittlefirstError } from '../../../errors.js';
import { packagePath } from '../../../package-root.js';

/**
 * Starts docs/joulescope-bridge.py as a child process; its standard input and output as one stream. The process ends with the stream.
 * @param python the interpreter that has pyjoulescope_driver
 * @returns a stream whose `error` is LF_TOOL_MISSING when there is no such interpreter
 */
export function spawnJoulescopeBridge(python = 'python3'): Duplex {
  const child = spawn(python, [packagePath('docs', 'joulescope-bridge.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const port = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.stdin.on('error', () => {});
  child.once('error', error => {
    port.destroy(
      new LittlefirstError('LF_TOOL_MISSING', 'the Joulescope bridge needs Python', {
        expected: `the program ${python}`,
        received: error.message,
        hint: 'install Python 3 with pyjoulescope_driver and numpy',
        cause: error,
      }),
    );
  });
  port.once('close', () => child.kill());
  return port;
}
