import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { LittlefirstError } from '../errors.js';
import { makeFolder } from '../host/make-folder.js';
import { writeFileAtomically } from '../record/atomic-file.js';
import { type Cluster, startCluster } from './postgres/cluster.js';
import { type FarmServer, serveFarm } from './server/serve.js';
import { createToken, identify } from './store/tokens.js';
import { runWorker } from './worker/worker.js';

export interface UpOptions {
  /** Folder of everything that the farm keeps. */
  dir: string;
  host: string;
  /** 0: any free one. */
  port: number;
  version: string;
  /** Emulated devices of the worker that is started along; 0: none. */
  devices: number;
  leaseSeconds: number;
  /** A PostgreSQL to use instead of our own. */
  databaseUrl?: string;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

export interface Farm {
  address: string;
  /** Signs a browser in, once. */
  signInAddress: string;
  /** File with the tokens. */
  secretsFile: string;
  /** Resolves when the farm has ended after its signal. */
  ended: Promise<void>;
}

const secretsSchema = z.strictObject({
  schema: z.literal('littlefirst.farm-secrets/1'),
  database: z.string().min(16),
  sessions: z.string().min(16),
  operator: z.string().optional(),
  worker: z.string().optional(),
});
export type FarmSecrets = z.infer<typeof secretsSchema>;

const secret = (): string => randomBytes(32).toString('base64url');

/** The file of a farm's own secrets, for its owner alone. */
export const secretsFileOf = (dir: string): string => join(resolve(dir), 'private', 'secrets.json');

/** @throws LF_CONFIG_INVALID where there is none, or it cannot be read */
export function readSecrets(dir: string): FarmSecrets {
  const file = secretsFileOf(dir);
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${file} is not the secrets of a farm`, {
      received: (cause as Error).message.split('\n')[0],
      hint: 'name the folder of a farm that was started by `littlefirst farm up`',
      cause,
    });
  }
}

const addressFileOf = (dir: string): string => join(resolve(dir), 'address');

/** Where the farm of a folder listens, or listened last. @throws LF_CONFIG_INVALID */
export function readAddress(dir: string): string {
  try {
    return readFileSync(addressFileOf(dir), 'utf8').trim();
  } catch (cause) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${dir} is no folder of a farm that was started`, {
      hint: 'start it with `littlefirst farm up`',
      cause,
    });
  }
}

async function writeSecrets(dir: string, secrets: FarmSecrets): Promise<void> {
  makeFolder(join(dir, 'private'), 0o700);
  await writeFileAtomically(secretsFileOf(dir), `${JSON.stringify(secrets, null, 2)}\n`);
}

/** Tokens of the person who started the farm and of its own worker; made anew where the database does not know them. */
async function ownTokens(
  server: FarmServer,
  dir: string,
  secrets: FarmSecrets,
): Promise<Required<FarmSecrets>> {
  const tokenFor = async (role: 'operator' | 'worker'): Promise<string> => {
    const kept = secrets[role];
    if (kept !== undefined && (await identify(server.database, kept)) !== undefined) return kept;
    return createToken(server.database, 'farm', `${role}-${randomBytes(3).toString('hex')}`, role);
  };
  const all = { ...secrets, operator: await tokenFor('operator'), worker: await tokenFor('worker') };
  await writeSecrets(dir, all);
  return all;
}

/**
 * A whole farm on one machine: the database, the server, and a worker with emulated devices.
 * @throws LF_TOOL_MISSING, LF_FARM_DATABASE, LF_FARM
 */
export async function farmUp(options: UpOptions): Promise<Farm> {
  const dir = resolve(options.dir);
  makeFolder(dir, 0o755);
  if (!existsSync(secretsFileOf(dir)))
    await writeSecrets(dir, {
      ...{ schema: 'littlefirst.farm-secrets/1', database: secret(), sessions: secret() },
    });
  const secrets = readSecrets(dir);
  const onError = (error: Error) => options.onNote(`the database: ${error.message}`);
  let cluster: Cluster | undefined;
  let server: FarmServer | undefined;
  try {
    if (options.databaseUrl === undefined)
      cluster = await startCluster({ folder: join(dir, 'postgres'), password: secrets.database });
    server = await serveFarm({
      ...{ connection: cluster?.connection ?? options.databaseUrl!, artefacts: join(dir, 'artefacts') },
      ...{ secret: secrets.sessions, host: options.host, port: options.port, version: options.version },
      ...{ leaseSeconds: options.leaseSeconds, onError },
    });
    const { operator, worker: token } = await ownTokens(server, dir, secrets);
    await writeFileAtomically(addressFileOf(dir), `${server.address}\n`);
    const signInAddress = await server.signInAddress(operator);
    const devices = Array.from({ length: options.devices }, (_, place) => ({
      ...{ name: `rp2040-${place + 1}`, board: 'rp2040', chip: 'any', meter: 'ppk2' },
      ...{ tags: ['emulated'], bench: 'default' },
    }));
    const worker =
      devices.length === 0
        ? Promise.resolve()
        : runWorker(
            {
              ...{ schema: 'littlefirst.worker/1', server: server.address, token, bench: 'local' },
              spool: join(dir, 'spool'),
              cache: join(dir, 'cache'),
              healthMinutes: 360,
              bundles: {},
              devices,
            },
            { signal: options.signal, version: options.version, onNote: options.onNote },
          );
    const { address, close } = server;
    const isOver = new Promise<void>(end => {
      if (options.signal.aborted) end();
      options.signal.addEventListener('abort', () => end());
    });
    const ended = Promise.race([worker.then(() => isOver), isOver.then(() => worker)]).finally(async () => {
      await close();
      await cluster?.stop();
    });
    return { address, signInAddress, secretsFile: secretsFileOf(dir), ended };
  } catch (error) {
    await server?.close();
    await cluster?.stop();
    throw error;
  }
}
