import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { asLittlefirstError } from '../../errors.js';
import { Artefacts } from '../artefacts/artefacts.js';
import { folderFiles } from '../artefacts/folder.js';
import { s3Files, s3Options } from '../artefacts/s3.js';
import { type WatchOptions, watchSeries } from '../series/watch.js';
import { type Connection, type Database, openDatabase } from '../store/database.js';
import { enqueueDue, foldTallies } from '../store/schedules.js';
import { createToken, identify, type Role } from '../store/tokens.js';
import { buildApp } from './app.js';
import type { FarmContext } from './endpoint.js';
import { listening } from './listening.js';

export interface ServeOptions extends WatchOptions {
  connection: Connection;
  /** Folder of the artefacts, or `s3://BUCKET[/PREFIX]`. */
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

/** How often schedules are looked at, milliseconds: cron knows minutes. */
const scheduleMilliseconds = 20_000;

/** How often counts are folded, milliseconds: a busy minute makes some thousand rows of them. */
const foldMilliseconds = 60_000;

/** Does something now and then, each time after the last one has ended. @returns ends it */
function repeat(work: () => Promise<unknown>, milliseconds: number, onError: (error: Error) => void) {
  let isOver = false;
  let timer: NodeJS.Timeout;
  let running = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => {
      running = work()
        .then(() => undefined)
        .catch(onError)
        .finally(() => {
          if (!isOver) next();
        });
    }, milliseconds);
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
 * @throws LF_TOOL_MISSING, LF_FARM_DATABASE, LF_USAGE; LF_FARM where the address is taken
 */
export async function serveFarm(options: ServeOptions): Promise<FarmServer> {
  const { leaseSeconds, onError = () => undefined } = options;
  const files = options.artefacts.startsWith('s3:')
    ? await s3Files(s3Options(options.artefacts, process.env))
    : folderFiles(options.artefacts);
  const database = await openDatabase({ connection: options.connection, now: options.now, onError });
  const signIns = new Map<string, number>();
  const context: FarmContext = {
    database,
    listening: listening(database, leaseSeconds),
    artefacts: new Artefacts(database, files),
    leaseSeconds,
    ready: readiness(database),
  };
  try {
    await context.listening.expire();
    const app = await buildApp(context, { ...options, signIns });
    await app.listen({ host: options.host, port: options.port }).catch(async error => {
      await app.close();
      throw asLittlefirstError(error, 'LF_FARM', `The farm cannot listen on ${options.host}:${options.port}`);
    });
    const { port } = app.server.address() as AddressInfo;
    const scheme = options.tls === undefined ? 'http' : 'https';
    const address = `${scheme}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
    /* A dead worker's job does not wait for another one's question. */
    const stopWatching = repeat(() => context.listening.expire(), leaseSeconds * 250, onError);
    const stopSchedules = repeat(() => enqueueDue(database), scheduleMilliseconds, onError);
    const stopFolding = repeat(() => foldTallies(database), foldMilliseconds, onError);
    const { falseSuspicionsPerYear, wantedStep, onAlarm } = options;
    const stopWatchingSeries = watchSeries(database, {
      falseSuspicionsPerYear,
      wantedStep,
      onAlarm,
      onError,
    });
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
        await stopSchedules();
        await stopFolding();
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
