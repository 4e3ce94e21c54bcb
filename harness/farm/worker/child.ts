import { spawn } from 'node:child_process';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { visible } from '../../visible.js';
import { type Cause, causeOf } from '../jobs/causes.js';
import { anyChip, type Spec } from '../jobs/spec.js';
import type { WorkerDevice } from './config.js';

/** Last characters of a run's complaints that are kept. */
const keptCharacters = 8000;
/** How long a run may take to end in good order, milliseconds; its journal loses nothing when it is killed then. */
const graceMilliseconds = 20_000;

export interface Failure {
  cause: Cause;
  code: string;
  message: string;
}

/** Folders of what a job names. */
export interface Chosen {
  bundle: string;
  /** Absent: the images that the package ships. */
  firmware?: string;
}

/** The folder of a bundle that a job names without its hash: a shipped one, or what the worker file calls so. */
export const bundleNamed = (name: string, bundles: Readonly<Record<string, string>>): string =>
  Object.hasOwn(bundles, name) ? bundles[name] : packagePath('fixtures', 'bundles', name);

/** What `littlefirst run` is called with. */
export function runWords(
  device: WorkerDevice,
  spec: Spec,
  folder: string,
  { bundle, firmware }: Chosen,
): string[] {
  const list = (value: 'all' | readonly string[]) => (value === 'all' ? 'all' : value.join(','));
  const chip = spec.chip ?? (device.chip === anyChip ? undefined : device.chip);
  return [
    ...['run', device.bench, '--out', folder, '--board', device.board],
    ...(chip === undefined ? [] : ['--chip', chip]),
    ...['--level', list(spec.levels), '--strategy', list(spec.strategies), '--bundle', bundle],
    ...['--windows', String(spec.windows), '--data', spec.data],
    ...(spec.order === undefined ? [] : ['--order', spec.order]),
    ...(firmware === undefined ? [] : ['--firmware', firmware]),
  ];
}

/** The error that the program printed last: `LF_CODE  message`. */
export function failureOf(exitCode: number | null, signal: NodeJS.Signals | null, errors: string): Failure {
  const found = [...errors.matchAll(/^(LF_[A-Z_]+) {2}(.*(?:\n {2}.*)*)/gm)].at(-1);
  if (found !== undefined)
    return { cause: causeOf(found[1]), code: found[1], message: visible(found[2]).slice(0, 4000) };
  const how = signal === null ? `with code ${exitCode}` : `by ${signal}`;
  return {
    cause: 'bench',
    code: 'LF_INTERNAL',
    message: visible(`the run ended ${how} and said: ${errors.trim().slice(-1000)}`),
  };
}

/**
 * Runs the program in a process of its own, so that this one has nothing to compute and can keep its lease.
 * @param signal ends the run: in good order first, then at once
 * @param traceparent the span that the run belongs to, told as TRACEPARENT
 * @returns undefined where the run counts, whatever its verdicts
 */
export function runChild(
  program: readonly string[],
  words: readonly string[],
  signal: AbortSignal,
  traceparent?: string,
): Promise<Failure | undefined> {
  const [command, ...before] = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...words], {
      /* The input closes with this process, however it ends: the run does not outlive who answers for it. */
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', TRACEPARENT: traceparent },
    });
    let errors = '';
    let killer: NodeJS.Timeout | undefined;
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', chunk => {
      errors = (errors + String(chunk)).slice(-keptCharacters);
    });
    const stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const clean = () => {
      clearTimeout(killer);
      signal.removeEventListener('abort', stop);
    };
    child.once('error', cause => {
      clean();
      reject(
        new LittlefirstError('LF_FARM', 'The run could not be started', { received: cause.message, cause }),
      );
    });
    child.once('close', (code, killedBy) => {
      clean();
      resolve(code !== null && code <= 2 ? undefined : failureOf(code, killedBy, errors));
    });
  });
}
