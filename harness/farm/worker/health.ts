import { spawn } from 'node:child_process';
import { loadBench } from '../../campaign/bench/load.js';
import { benchFile } from '../../campaign/bench/names.js';
import { findBench } from '../../campaign/doctor/benches.js';
import { asLittlefirstError } from '../../errors.js';
import { visible } from '../../visible.js';
import { placeCodes } from '../jobs/causes.js';
import type { WorkerDevice } from './config.js';

interface Said {
  code: number | null;
  errors: string;
}

/** Longest that is kept of what a check says, characters, and a problem's longest. */
const [mostSaid, mostOfProblem] = [8000, 500];

function run(program: readonly string[], words: readonly string[], signal: AbortSignal): Promise<Said> {
  const [command, ...before] = program;
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
      signal,
    });
    let errors = '';
    child.stderr.on('data', chunk => {
      errors = (errors + String(chunk)).slice(-mostSaid);
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, errors }));
  });
}

const problem = (device: string, text: string): string =>
  visible(`${device}: ${text.trim().split('\n').slice(0, 3).join('; ')}`).slice(0, mostOfProblem);

/** What `doctor` says of the device's bench file: tools, data, and that its lines are there. Nothing is opened. */
async function doctor({ name, bench }: WorkerDevice): Promise<string[]> {
  const { ok, what, detail } = await findBench(benchFile(bench));
  return ok ? [] : [problem(name, `doctor: ${what}: ${detail}`)];
}

async function knownLoad(
  program: readonly string[],
  { name, bench }: WorkerDevice,
  signal: AbortSignal,
): Promise<string[]> {
  const file = benchFile(bench);
  const { meter } = await loadBench(file);
  if (meter.knownLoad === undefined) return [];
  const { code, errors } = await run(program, ['meter', 'check', '--bench', file], signal);
  /* Somebody has it by labgrid: nothing can be said of it now. */
  if (placeCodes.some(one => errors.includes(one))) return [];
  return code === 0 ? [] : [problem(name, `known load: ${errors || `meter check ended with code ${code}`}`)];
}

/**
 * What keeps a bench from measuring: `doctor` on every device's bench file, and the known load of those that have one. Nothing else may
 * use the devices meanwhile.
 * @param program command line that runs `littlefirst`
 */
export async function examineDevices(
  program: readonly string[],
  devices: readonly WorkerDevice[],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const device of devices) {
    if (seen.has(device.bench)) continue;
    seen.add(device.bench);
    try {
      const found = await doctor(device);
      problems.push(...found, ...(found.length === 0 ? await knownLoad(program, device, signal) : []));
    } catch (error) {
      signal.throwIfAborted();
      problems.push(problem(device.name, asLittlefirstError(error).message));
    }
  }
  return problems;
}
