import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseYaml } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { nameSchema } from '../jobs/spec.js';

/** A device of a bench, and the bench file that it is run with: it names ports, meter and power, which no job may. */
const workerDevice = z.strictObject({
  name: nameSchema,
  board: nameSchema,
  chip: nameSchema,
  meter: nameSchema,
  tags: z.array(nameSchema).max(16).default([]),
  /** Bench file, or the name of a shipped one. */
  bench: z.string().min(1),
});
export type WorkerDevice = z.infer<typeof workerDevice>;

export const workerSchema = z.strictObject({
  schema: z.literal('littlefirst.worker/1'),
  /** Address of the farm's server. */
  server: z.string().min(1),
  /** File that holds the token, readable by the worker alone. Absent: the environment's LITTLEFIRST_FARM_TOKEN. */
  tokenFile: z.string().min(1).optional(),
  bench: nameSchema,
  /** Folder of runs that were not delivered yet. */
  spool: z.string().min(1),
  /** Folder of bundles and images that jobs name by their hashes; nothing is lost with it. */
  cache: z.string().min(1).default('farm-cache'),
  /** Minutes between two looks at the bench's health, when its devices rest; the first is at the start. */
  healthMinutes: z.number().min(1).max(10_080).default(360),
  /** Where jobs' bundles are found beside the shipped ones: name to folder. */
  bundles: z.record(nameSchema, z.string().min(1)).default({}),
  devices: z.array(workerDevice).min(1).max(256),
});
export type WorkerConfig = Omit<z.infer<typeof workerSchema>, 'tokenFile'> & { token: string };

/**
 * Reads a worker's file. Paths in it are relative to it.
 * @throws LF_CONFIG_INVALID
 */
export async function loadWorker(
  file: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<WorkerConfig> {
  const read = (path: string) =>
    readFile(path, 'utf8').catch(cause => {
      throw new LittlefirstError('LF_CONFIG_INVALID', `${path} cannot be read`, {
        received: (cause as Error).message,
        cause,
      });
    });
  const { tokenFile, ...config } = parseYaml(await read(file), file, workerSchema, {
    code: 'LF_CONFIG_INVALID',
    purpose: 'a worker file',
    hint: 'see docs/farm.md',
  });
  const at = (path: string) => resolve(dirname(file), path);
  const token = tokenFile === undefined ? environment.LITTLEFIRST_FARM_TOKEN : await read(at(tokenFile));
  if (token === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', 'The worker has no token', {
      expected: 'tokenFile in the worker file, or LITTLEFIRST_FARM_TOKEN',
      hint: 'an operator makes one with `littlefirst farm token NAME --role worker`',
    });
  return {
    ...config,
    token: token.trim(),
    spool: at(config.spool),
    cache: at(config.cache),
    bundles: Object.fromEntries(Object.entries(config.bundles).map(([name, path]) => [name, at(path)])),
    devices: config.devices.map(device => ({
      ...device,
      bench: /[\\/]/.test(device.bench) ? at(device.bench) : device.bench,
    })),
  };
}
