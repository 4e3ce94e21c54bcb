import { type ChildProcess, spawn } from 'node:child_process';
import { LittlefirstError } from '../../errors.js';
import { attendProcess } from '../../host/attended-clock.js';
import { removeTemporaryFolder } from '../../host/temporary-folder.js';

const tailLength = 2000;
const running = new Set<QemuProcess>();

/* The last resort on a normal end of this process; after SIGKILL the plugin's closed socket ends QEMU. */
process.on('exit', () => {
  for (const process_ of running) process_.abandon();
});

/** A QEMU process with the private folder of its sockets. */
export class QemuProcess {
  private readonly child: ChildProcess;
  private stderrTail = '';
  private expected = false;
  private error: LittlefirstError | undefined;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  private readonly unattend: () => void;
  private readonly deathListeners = new Set<(error: LittlefirstError) => void>();

  /**
   * @param command name or path of the binary
   * @param folder removed when the process has ended
   */
  constructor(
    command: string,
    args: readonly string[],
    private readonly folder: string,
  ) {
    /* An own process group: Ctrl-C reaches the harness, which closes its machines in order. */
    this.child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    running.add(this);
    this.unattend = attendProcess(this.child.pid);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderrTail = (this.stderrTail + text).slice(-tailLength);
    });
    this.ended = new Promise(resolve => {
      this.child.once('error', error => this.finish(spawnError(command, error), resolve));
      this.child.once('close', (code, signal) => this.finish(this.endError(code, signal), resolve));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Calls back when the process ends without having been asked to, at once if it already has. */
  onDeath(listener: (error: LittlefirstError) => void): void {
    this.deathListeners.add(listener);
    if (this.error !== undefined && !this.expected) listener(this.error);
  }

  /** Ends the process and waits for it. */
  async stop(): Promise<void> {
    this.expected = true;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends the process and removes its folder without waiting. */
  abandon(): void {
    this.expected = true;
    this.child.kill('SIGKILL');
    removeTemporaryFolder(this.folder);
  }

  private finish(error: LittlefirstError, resolve: () => void): void {
    if (this.error !== undefined) return;
    this.error = error;
    this.unattend();
    running.delete(this);
    removeTemporaryFolder(this.folder);
    if (!this.expected) for (const listener of this.deathListeners) listener(error);
    resolve();
  }

  private endError(code: number | null, signal: NodeJS.Signals | null): LittlefirstError {
    const how = signal === null ? `status ${code}` : `signal ${signal}`;
    const tail = this.stderrTail.trim();
    const busy = /Address already in use/.test(tail);
    const fields = { exitCode: code, signal };
    if (busy) {
      return new LittlefirstError('LF_LINK_BUSY', 'QEMU could not open one of its ports', {
        received: tail,
        hint: 'another program, or another QEMU, listens there; choose another port',
        fields,
      });
    }
    const rule = /^littlefirst \S+ model: (.*)$/m.exec(tail)?.[1];
    if (rule !== undefined)
      return new LittlefirstError('LF_EMULATOR_FAILED', 'The program did what its chip does not bear', {
        expected: "what the chip's registers allow (firmware/qemu-plugin/README.md)",
        received: rule,
        hint: 'mend the port, or the order of its register accesses',
        fields,
      });
    return new LittlefirstError('LF_EMULATOR_FAILED', 'QEMU ended unexpectedly', {
      expected: 'a running emulator',
      received: `${how}; ${tail === '' ? 'no message' : tail}`,
      hint: hintFor(tail),
      fields,
    });
  }
}

function hintFor(tail: string): string {
  if (/Lockup/.test(tail)) return 'the program faulted inside its fault handler: is an image loaded?';
  if (/plugin/i.test(tail))
    return 'make -C firmware/qemu-plugin clean all; QEMU must be built with plugins (Debian: it is)';
  return 'run it again; the machine is fresh then';
}

function spawnError(command: string, error: Error): LittlefirstError {
  return new LittlefirstError('LF_TOOL_MISSING', `${command} cannot be started`, {
    expected: 'QEMU 7.2 or 8.x for Arm on the PATH',
    received: error.message,
    hint: 'apt-get install qemu-system-arm',
    fields: { command },
    cause: error,
  });
}
