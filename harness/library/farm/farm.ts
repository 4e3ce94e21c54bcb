import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { startTracing } from '../../host/trace.js';
import { packagePath } from '../../package-root.js';

/** What of the farm other programs may use. Its room, and what that asks for, is loaded when it is used. */

/** A farm that is running. */
export interface RunningFarm {
  address: string;
  signInAddress?: string;
  secretsFile?: string;
  ended: Promise<void>;
}

export interface FarmUpRequest {
  dir: string;
  host: string;
  port: number;
  devices: number;
  leaseSeconds: number;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

/** Where a farm is, and the token for it. */
export interface FarmAccess {
  /** Address of a server. */
  server?: string;
  token?: string;
  /** Folder of a farm that `farm up` started, whose address and token are taken. */
  dir?: string;
}

async function version(): Promise<string> {
  return (JSON.parse(await readFile(packagePath('package.json'), 'utf8')) as { version: string }).version;
}

/** A whole farm on one machine, until the signal ends it. DATABASE_URL names a PostgreSQL instead of its own. */
export async function farmUp(request: FarmUpRequest): Promise<RunningFarm> {
  const { farmUp: up } = await import('../../farm/up.js');
  const endTracing = await startTracing(await version(), request.onNote);
  try {
    const farm = await up({ ...request, version: await version(), databaseUrl: process.env.DATABASE_URL });
    return { ...farm, ended: farm.ended.finally(endTracing) };
  } catch (error) {
    await endTracing();
    throw error;
  }
}

export interface FarmServeRequest {
  databaseUrl: string;
  artefacts: string;
  host: string;
  port: number;
  leaseSeconds: number;
  /** PEM files; absent: plain HTTP, for one machine or behind a proxy. */
  tls?: { keyFile: string; certFile: string };
  isBehindProxy: boolean;
  /** Signs browsers' sessions; the same on every server of a database. */
  secret: string;
  /** Name of a token to make where there is none yet: the first operator's. */
  firstOperator?: string;
  /** Where alarms are told, and what signs them. */
  webhook?: { address: string; secret: string | undefined };
  /** Step that is to be named in its first two nights, relative; 0: only what the nights alone show. Default: 1 %. */
  wantedStep?: number;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

/** A farm's server on a database that is there already, until the signal ends it. */
export async function farmServe(
  request: FarmServeRequest,
): Promise<RunningFarm & { operatorToken?: string }> {
  const { serveFarm } = await import('../../farm/server/serve.js');
  const { webhook: hook } = await import('../../farm/series/webhook.js');
  const { databaseUrl, tls, firstOperator, webhook, onNote, signal, ...options } = request;
  const endTracing = await startTracing(await version(), onNote);
  const server = await serveFarm({
    ...options,
    connection: databaseUrl,
    version: await version(),
    tls: tls && { key: await readFile(tls.keyFile, 'utf8'), cert: await readFile(tls.certFile, 'utf8') },
    onAlarm: webhook && hook(webhook.address, webhook.secret),
    onError: error => onNote(`the farm: ${error.message}`),
  }).catch(async error => {
    await endTracing();
    throw error;
  });
  const operatorToken =
    firstOperator === undefined ? undefined : await server.token(firstOperator, 'operator');
  const ended = new Promise<void>(end => {
    if (signal.aborted) end();
    signal.addEventListener('abort', () => end());
  })
    .then(() => server.close())
    .finally(endTracing);
  return { address: server.address, operatorToken, ended };
}

/** A worker for the benches of a worker file, until the signal ends it. */
export async function farmWorker(
  file: string,
  signal: AbortSignal,
  onNote: (text: string) => void,
): Promise<void> {
  const { loadWorker } = await import('../../farm/worker/config.js');
  const { runWorker } = await import('../../farm/worker/worker.js');
  const config = await loadWorker(file);
  const endTracing = await startTracing(await version(), onNote);
  await runWorker(config, { signal, onNote, version: await version() }).finally(endTracing);
}

/** @throws LF_USAGE where nothing says which farm */
export async function clientOf({ server, token, dir }: FarmAccess) {
  const { FarmClient } = await import('../../farm/worker/client.js');
  if (dir !== undefined) {
    const { readSecrets, readAddress } = await import('../../farm/up.js');
    return new FarmClient(server ?? readAddress(dir), token ?? readSecrets(dir).operator ?? '');
  }
  const [address, key] = [
    server ?? process.env.LITTLEFIRST_FARM,
    token ?? process.env.LITTLEFIRST_FARM_TOKEN,
  ];
  if (address === undefined || key === undefined)
    throw new LittlefirstError('LF_USAGE', 'It is not said which farm', {
      expected: '--dir of a farm on this machine, or LITTLEFIRST_FARM and LITTLEFIRST_FARM_TOKEN',
    });
  return new FarmClient(address, key);
}

/** One request to a farm's server, as its OpenAPI document has them. @param path e.g. `jobs` */
export async function askFarm<T>(
  access: FarmAccess,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  return (await clientOf(access)).call<T>(method, path, body, signal);
}

/**
 * Puts the jobs of a nightly into a farm's queue, and before them the folders that it names, by their content.
 * @param when keeps them as a schedule of the nightly's name instead
 * @param key of the request: the same key and nightly again make no further jobs; default: one of this call, which so may be sent again
 * @returns their ids, or the schedule's name
 */
export async function enqueueNightly(
  access: FarmAccess,
  file: string,
  cwd: string,
  when?: { cron: string; timezone: string },
  key?: string,
): Promise<string[]> {
  const { loadNightly, packNightly, expandNightly } = await import('../../farm/jobs/nightly.js');
  const { sendTwice } = await import('../../farm/worker/patience.js');
  const path = resolve(cwd, file);
  const { nightly, inputs } = await packNightly(await loadNightly(path), path);
  const client = await clientOf(access);
  const jobs = expandNightly(nightly);
  const body = { nightly: nightly.name, jobs, key: key ?? randomUUID() };
  return sendTwice(async () => {
    const { missing } = await client.call<{ missing: string[] }>('POST', 'artefacts/missing', {
      sha256: inputs.map(({ sha256 }) => sha256),
    });
    for (const { sha256, bytes } of inputs) if (missing.includes(sha256)) await client.store(sha256, bytes);
    if (when === undefined) return (await client.call<{ jobs: string[] }>('POST', 'jobs', body)).jobs;
    await client.call('PUT', `schedules/${encodeURIComponent(nightly.name)}`, { ...when, jobs });
    return [nightly.name];
  });
}
