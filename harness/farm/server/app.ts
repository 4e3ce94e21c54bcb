import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asLittlefirstError, type ErrorCode, LittlefirstError } from '../../errors.js';
import { loadOptional, optionalModule } from '../../optional-module.js';
import { visible } from '../../visible.js';
import { authorise, identityOf, noteRefusal } from './access.js';
import type { AppOptions, Endpoint, FarmContext } from './endpoint.js';
import './request-identity.js';
import { leaseApi } from './lease-api.js';
import { ledgerApi } from './ledger-api.js';
import { openApi } from './openapi.js';
import { operatorApi } from './operator-api.js';
import { addPages } from './pages/pages.js';
import { scheduleApi } from './schedule-api.js';
import { seriesApi } from './series-api.js';
import { viewerApi } from './viewer-api.js';
import { workerApi } from './worker-api.js';

export const prefix = '/api/v1';
export const endpoints: readonly Endpoint[] = [
  ...workerApi,
  ...operatorApi,
  ...viewerApi,
  ...ledgerApi,
  ...leaseApi,
  ...scheduleApi,
  ...seriesApi,
];

/** A worker that waits for jobs asks some ten times a minute a bench; a host may have a hundred of them. */
const defaultRequests = 6000;
const largestBody = 2 ** 20;

const statuses: Partial<Record<ErrorCode, number>> = {
  LF_FARM_ACCESS: 401,
  LF_FARM_LEASE: 409,
  LF_FARM_REFUSED: 400,
  LF_USAGE: 400,
};

function statusOf(error: LittlefirstError): number {
  if (error.code === 'LF_FARM_ACCESS' && error.detail.fields?.known === true) return 403;
  return statuses[error.code] ?? 500;
}

/** What a request brought, checked. @throws LF_USAGE that names place and reason, never the value */
function checked(schema: Endpoint['params'], value: unknown, what: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new LittlefirstError('LF_USAGE', `The ${what} of the request is not as documented`, {
    received: visible(`${issue.path.map(String).join('.').slice(0, 200)}: ${issue.message.slice(0, 300)}`),
    hint: `see ${prefix}/openapi.json`,
  });
}

/** Aborted when the caller is gone or the server ends. */
function signalOf(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, closing]);
}

function addEndpoint(
  app: FastifyInstance,
  endpoint: Endpoint,
  context: FarmContext,
  { secret }: AppOptions,
  closing: AbortSignal,
): void {
  const { params, query, body } = endpoint;
  app.route({
    method: endpoint.method,
    url: prefix + endpoint.path,
    bodyLimit: endpoint.mostBytes ?? largestBody,
    /* Before the body is read: who may not is not listened to. */
    onRequest: async request => {
      const identity = await identityOf(context.database, secret, request);
      request.identity = await authorise(context.database, identity, endpoint.role, request);
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => {
      const answer = await endpoint.act({
        context,
        identity: request.identity!,
        params: checked(params, request.params, 'address'),
        query: checked(query, request.query, 'query'),
        body: body === 'bytes' ? undefined : checked(body, request.body, 'body'),
        request,
        reply,
        signal: signalOf(reply, closing),
      });
      if (reply.sent) return reply;
      return answer === undefined
        ? reply.code(204).send()
        : reply.send(JSON.stringify(answer)).type('application/json');
    },
  });
}

/**
 * The server: the only program that speaks to the database.
 * @throws LF_TOOL_MISSING without Fastify and its plugins
 */
export async function buildApp(context: FarmContext, options: AppOptions): Promise<FastifyInstance> {
  const { default: fastify } = await loadOptional(() => import('fastify'), optionalModule('fastify'));
  const { default: helmet } = await loadOptional(
    () => import('@fastify/helmet'),
    optionalModule('@fastify/helmet'),
  );
  const { default: rateLimit } = await loadOptional(
    () => import('@fastify/rate-limit'),
    optionalModule('@fastify/rate-limit'),
  );
  const { default: cookie } = await loadOptional(
    () => import('@fastify/cookie'),
    optionalModule('@fastify/cookie'),
  );
  const closing = new AbortController();
  const app = fastify({
    ...(options.tls !== undefined && { https: options.tls }),
    bodyLimit: largestBody,
    trustProxy: options.isBehindProxy === true,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
  } as object) as unknown as FastifyInstance;
  app.decorateRequest('identity', undefined);
  app.addHook('preClose', async () => closing.abort());
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'unsafe-inline'"],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: options.tls !== undefined,
    /* Without it browsers send forms of our own with no origin, and a form without one is refused. */
    referrerPolicy: { policy: 'same-origin' },
  });
  await app.register(rateLimit, {
    global: true,
    max: options.mostRequests ?? defaultRequests,
    timeWindow: 60_000,
  });
  await app.register(cookie);
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.setErrorHandler(async (thrown: Error & { statusCode?: number }, request, reply) => {
    const isOurs = thrown instanceof LittlefirstError;
    const error = asLittlefirstError(thrown);
    /* What failed inside is for the log of the server, not for strangers. */
    const status = isOurs ? statusOf(error) : (thrown.statusCode ?? 500);
    if (status >= 500)
      console.error(visible(`${request.method} ${request.url}: ${thrown.stack ?? thrown.message}`));
    await noteRefusal(context.database, request, status, error).catch(cause =>
      console.error(visible(`a refusal was not noted: ${String(cause)}`)),
    );
    const message = status >= 500 && !isOurs ? 'The server failed' : error.message;
    return reply
      .code(status)
      .type('application/json')
      .send(JSON.stringify({ error: { code: isOurs ? error.code : 'LF_FARM', message } }));
  });
  for (const endpoint of endpoints) addEndpoint(app, endpoint, context, options, closing.signal);
  const document = JSON.stringify(openApi(endpoints, prefix, options.version));
  app.get(`${prefix}/openapi.json`, (_request, reply) => reply.type('application/json').send(document));
  app.get('/healthz', async () => {
    await context.database.transaction(({ query }) => query('select 1'));
    return { ok: true };
  });
  addPages(app, context, options);
  return app;
}
