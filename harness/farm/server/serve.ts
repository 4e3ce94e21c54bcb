import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { asLittlefirstError } from '../../errors.js';
import { type WatchOptions, watchSeries } from '../series/watch.js';
import { Artefacts } from '../store/artefacts.js';
import { type Connection, type Database, openDatabase } from '../store/database.js';
import { forgiveSilence } from '../store/leases.js';
import { expireLeases } from '../store/settle.js';
import { createToken, identify, type Role } from '../store/tokens.js';
import { buildApp } from './app.js';
import type { FarmContext } from './endpoint.js';

export interface ServeOptions extends WatchOptions {
  connection: Connection;
  /** Folder of the artefacts. */
  artefacts: string;
  /** Signs browsers' sessions. */
  secret: string;
  version: string;
  host: string;
  port: number;
  /** How long a device is held without word of its worker, seconds. */
  leaseSeconds: number;
  tls?: { key: string; cert: string };
  isBehindProxy?: boolean;
  mostRequests?: number;
  onError?: (error: Error) => void;
  /** A clock of its own, for tests and simulations; default: the database's. */
  now?: () => Date;
}

export interface FarmServer {
  /** e.g. `http://127.0.0.1:8680`. */
  address: string;
  database: Database;
  /** A new token; it is shown this once. */
  token(name: string, role: Role): Promise<string>;
  /** An address that signs a browser in as whose token that is, once. */
  signInAddress(token: string): Promise<string>;
  close(): Promise<void>;
}

/** Resolves for all who wait whenever jobs may have become ready. */
function readiness(database: Database) {
  return (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise(resolve => {
      const end = () => {
        clearTimeout(timer);
        ignore();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      const ignore = database.onReady(end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
}

/** Looks for leases whose time is over, so that a dead worker's job does not wait for another one's question. */
function watchLeases(database: Database, leaseSeconds: number, onError: (error: Error) => void) {
  let isOver = false;
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => {
      running = expireLeases(database)
        .then(() => undefined)
        .catch(onError)
        .finally(() => {
          if (!isOver) next();
        });
    }, leaseSeconds * 250);
  };
  next();
  return async () => {
    isOver = true;
    clearTimeout(timer);
    await running;
  };
}

/**
 * Starts the farm's server.
 * @throws LF_TOOL_MISSING, LF_FARM_DATABASE; LF_FARM where the address is taken
 */
export async function serveFarm(options: ServeOptions): Promise<FarmServer> {
  const { leaseSeconds, onError = () => undefined } = options;
  const database = await openDatabase({ connection: options.connection, now: options.now, onError });
  const signIns = new Map<string, number>();
  const context: FarmContext = {
    database,
    artefacts: new Artefacts(database, options.artefacts),
    leaseSeconds,
    ready: readiness(database),
  };
  try {
    await forgiveSilence(database, leaseSeconds);
    const app = await buildApp(context, { ...options, signIns });
    await app.listen({ host: options.host, port: options.port }).catch(async error => {
      await app.close();
      throw asLittlefirstError(error, 'LF_FARM', `The farm cannot listen on ${options.host}:${options.port}`);
    });
    const { port } = app.server.address() as AddressInfo;
    const scheme = options.tls === undefined ? 'http' : 'https';
    const address = `${scheme}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
    const stopWatching = watchLeases(database, leaseSeconds, onError);
    const { falseSuspicionsPerYear, onAlarm } = options;
    const stopWatchingSeries = watchSeries(database, { falseSuspicionsPerYear, onAlarm, onError });
    return {
      address,
      database,
      token: (name, role) => createToken(database, 'farm', name, role),
      signInAddress: async token => {
        const identity = await identify(database, token);
        if (identity === undefined) return `${address}/login`;
        const code = randomBytes(24).toString('base64url');
        signIns.set(code, identity.token);
        return `${address}/login/${code}`;
      },
      close: async () => {
        await stopWatching();
        await stopWatchingSeries();
        await app.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
