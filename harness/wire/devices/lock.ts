import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import { pause } from '../../host/attended-clock.js';
import { Budget } from '../../host/budget.js';
import type { SerialDevice } from './identity.js';

/**
 * Held while this process uses a device. It holds within one network namespace and against other runs of littlefirst; the lock that the system
 * keeps on the device node (`openLink`) holds across containers and against other programs.
 */
export interface DeviceLock {
  readonly key: string;
  release(): Promise<void>;
}

export interface LockOptions {
  /** What the holder does, told to whoever comes second. */
  purpose?: string;
  /**
   * Folder for socket files. Default: none on Linux and Windows, where the system frees a socket without a file together
   * with its process; elsewhere the temporary folder, where the file of a dead process is taken over.
   */
  folder?: string;
}

/** How long the holder may take to say who it is; it may be busy, and is the holder all the same. */
const introductionMilliseconds = 500;
const takeovers = 3;

/** What a lock is on: the device itself, whatever its device file is called at the moment. */
export function lockKey({
  path,
  serialNumber,
  vendorId,
  productId,
  interfaceNumber,
  port,
}: SerialDevice): string {
  const own = serialNumber === undefined ? port : `${vendorId}:${productId}:${serialNumber}`;
  return own === undefined ? path : `${own}:${interfaceNumber ?? 0}`;
}

function addressOf(key: string, folder: string | undefined): { path: string; isFile: boolean } {
  const name = `littlefirst-lock-${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  if (folder === undefined && process.platform === 'linux') return { path: `\0${name}`, isFile: false };
  if (folder === undefined && process.platform === 'win32')
    return { path: `\\\\.\\pipe\\${name}`, isFile: false };
  return { path: join(folder ?? tmpdir(), name), isFile: true };
}

/** The text that the holder sends, '' when it is too busy to; undefined when nobody listens. */
async function askHolder(path: string): Promise<string | undefined> {
  const socket: Socket = connect(path).setEncoding('utf8');
  let said = '';
  socket.on('data', (chunk: string) => {
    said += chunk;
  });
  const gone = new Promise<boolean>(resolve => {
    socket.once('error', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  const timer = setTimeout(() => socket.destroy(), introductionMilliseconds);
  const nobody = await gone;
  clearTimeout(timer);
  socket.destroy();
  return nobody && said === '' ? undefined : said;
}

async function listen(path: string, introduction: string): Promise<Server | undefined> {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.end(introduction);
  });
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return server;
}

/**
 * Takes a device for this process. The lock is a listening socket, so it ends with the process however that ends.
 * @throws LF_LINK_BUSY naming the holder
 */
export async function lockDevice(device: SerialDevice, options: LockOptions = {}): Promise<DeviceLock> {
  const key = lockKey(device);
  const { path, isFile } = addressOf(key, options.folder);
  const introduction = `process ${process.pid} on ${hostname()}: ${options.purpose ?? process.argv.slice(1).join(' ')}`;
  for (let attempt = 0; attempt < takeovers; attempt += 1) {
    const server = await listen(path, introduction);
    if (server !== undefined)
      return {
        key,
        release: () => new Promise(resolve => server.close(() => resolve())),
      };
    const holder = await askHolder(path);
    if (holder !== undefined) throw busy(device, holder);
    if (isFile) await rm(path, { force: true });
  }
  throw busy(device, '');
}

/** A pause between two looks at a lock that another holds, milliseconds. */
const lookAgainMilliseconds = 200;

/**
 * Takes a device as soon as its holder has let go of it: one that was told to end, or whose supervisor has died, needs a moment.
 * @throws LF_LINK_BUSY after so long; the signal's reason
 */
export async function waitForDevice(
  device: SerialDevice,
  milliseconds: number,
  { signal, ...options }: LockOptions & { signal?: AbortSignal } = {},
): Promise<DeviceLock> {
  const budget = new Budget(milliseconds);
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await lockDevice(device, options);
    } catch (error) {
      if (!(error instanceof LittlefirstError) || error.code !== 'LF_LINK_BUSY' || budget.left() === 0)
        throw error;
    }
    await pause(lookAgainMilliseconds, signal);
  }
}

function busy(device: SerialDevice, holder: string): LittlefirstError {
  return new LittlefirstError('LF_LINK_BUSY', `${device.path} is in use`, {
    expected: 'a device that no other run holds',
    received: holder === '' ? 'a holder that is too busy to say who it is' : `held by ${holder}`,
    hint: 'wait for the other run, or end that process',
    fields: { path: device.path, holder, key: lockKey(device) },
  });
}
