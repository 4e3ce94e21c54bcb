import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Artefacts } from '../artefacts/artefacts.js';
import type { Database } from '../store/database.js';
import type { Identity, Role } from '../store/tokens.js';

/** What the server's parts work with. */
export interface FarmContext {
  database: Database;
  artefacts: Artefacts;
  /** How long a device is held without word of its worker, seconds. */
  leaseSeconds: number;
  /** Resolves when jobs may have become ready, or after some milliseconds. */
  ready(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface AppOptions {
  /** Signs browsers' sessions; must stay the same over restarts. */
  secret: string;
  version: string;
  /** PEM files' contents; absent: plain HTTP, for one machine or behind a proxy. */
  tls?: { key: string; cert: string };
  /** Requests a minute that one address may make. */
  mostRequests?: number;
  /** Believe a proxy's X-Forwarded-For. */
  isBehindProxy?: boolean;
  /** Links that sign a browser in once, by `farm up`: code to token number. */
  signIns?: Map<string, number>;
}

/** A request whose parts have been checked, and who made it. */
export interface Call<Params, Query, Body> {
  context: FarmContext;
  identity: Identity;
  params: Params;
  query: Query;
  body: Body;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Aborted when the caller goes away or the server ends. */
  signal: AbortSignal;
}

/** One thing that can be asked of the server: route, documentation and check in one. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As Fastify and OpenAPI both can be told: `/jobs/:id`. */
  path: string;
  /** Who may: exactly that role or one of those, or for `viewer` everybody with a token, for `operator` operators alone. */
  role: Role | readonly Role[];
  summary: string;
  params?: z.ZodType;
  query?: z.ZodType;
  /** JSON body; `bytes` for one that is stored as it is. */
  body?: z.ZodType | 'bytes';
  /** Largest body, bytes. */
  mostBytes?: number;
  answer?: z.ZodType;
  act: (call: Call<unknown, unknown, unknown>) => Promise<unknown>;
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** Makes an endpoint whose handler has the types of its checks. */
export function endpoint<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | 'bytes' | undefined,
  A extends z.ZodType | undefined,
>(
  definition: Omit<Endpoint, 'params' | 'query' | 'body' | 'answer' | 'act'> & {
    params?: P;
    query?: Q;
    body?: B;
    answer?: A;
    act: (call: Call<Output<P>, Output<Q>, Output<B>>) => Promise<A extends z.ZodType ? z.input<A> : unknown>;
  },
): Endpoint {
  return definition as unknown as Endpoint;
}
