import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LittlefirstError } from '../../../errors.js';
import { alarms } from '../../series/alarm.js';
import { annotate, lastNight, watched } from '../../series/read.js';
import { audit } from '../../store/audit.js';
import * as read from '../../store/read.js';
import { type Identity, identify } from '../../store/tokens.js';
import { authorise, identityOf, sessionCookie, sessionOf, sessionSeconds } from '../access.js';
import type { AppOptions, FarmContext } from '../endpoint.js';
import { frontPage } from './front.js';
import { jobPage } from './job.js';
import { loginPage } from './login.js';
import { metricsText } from './metrics.js';
import { nightPage } from './night.js';
import { seriesListPage, seriesPage } from './series.js';

/** Newest jobs and alarms that a page shows. */
const mostJobs = 200;
const mostAlarms = 50;
/** A note as a form sends it. */
const noteSchema = z.strictObject({ kind: z.enum(['note', 'accepted']), body: z.string().min(1).max(2000) });
/** Attempts at signing in that one address has a minute. */
const mostSignIns = 10;

const html = (reply: FastifyReply, page: string) => reply.type('text/html; charset=utf-8').send(page);

/** Pages for people: written by the server, without any script. */
export function addPages(app: FastifyInstance, context: FarmContext, options: AppOptions): void {
  const { database } = context;
  const limit = { config: { rateLimit: { max: mostSignIns, timeWindow: 60_000 } } };

  const signIn = async (reply: FastifyReply, { token, name }: Identity) => {
    await database.transaction(transaction => audit(transaction, name, 'signed-in', `token ${name}`));
    return reply
      .setCookie(sessionCookie, sessionOf(options.secret, token), {
        httpOnly: true,
        sameSite: 'strict',
        secure: options.tls !== undefined,
        path: '/',
        maxAge: sessionSeconds,
      })
      .redirect('/', 303);
  };

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.get('/login', (_request, reply) => html(reply, loginPage()));
  app.post('/login', limit, async (request, reply) => {
    const { token } = (request.body ?? {}) as { token?: unknown };
    const identity = typeof token === 'string' ? await identify(database, token.trim()) : undefined;
    if (identity !== undefined) return signIn(reply, identity);
    await database.transaction(transaction =>
      audit(transaction, `stranger at ${request.ip}`, 'refused', 'POST /login', { why: 'no valid token' }),
    );
    return html(reply.code(401), loginPage('This token is not known here, or was revoked.'));
  });
  app.get<{ Params: { code: string } }>('/login/:code', limit, async (request, reply) => {
    const token = options.signIns?.get(request.params.code);
    options.signIns?.delete(request.params.code);
    const [row] =
      token === undefined
        ? []
        : await database.transaction(({ query }) =>
            query<Pick<Identity, 'name' | 'role'>>(
              'select name, role from farm.tokens where id = $1 and revoked_at is null',
              [token],
            ),
          );
    if (row === undefined || token === undefined)
      return html(reply.code(401), loginPage('This link was used already. Sign in with a token.'));
    return signIn(reply, { token, ...row });
  });
  app.post('/logout', (_request, reply) =>
    reply.clearCookie(sessionCookie, { path: '/' }).redirect('/login', 303),
  );

  /** A page that everybody with a token may read; others are sent to sign in. */
  const page = <Params>(
    path: string,
    render: (params: Params, identity: Identity) => Promise<string | undefined>,
  ) =>
    app.get(path, async (request: FastifyRequest, reply: FastifyReply) => {
      const identity = await identityOf(database, options.secret, request);
      if (identity === undefined) return reply.redirect('/login', 303);
      const text = await render(request.params as Params, identity);
      if (text === undefined) throw new LittlefirstError('LF_FARM_REFUSED', 'There is no such page');
      return html(reply, text);
    });

  page('/', async (_, { name, role }) =>
    frontPage({
      person: `${name} (${role})`,
      fleet: await read.fleet(database),
      jobs: await read.jobs(database, { limit: mostJobs }),
      audit: await read.auditOf(database, undefined, 30),
    }),
  );
  page<{ id: string }>('/jobs/:id', async ({ id }) => {
    if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
    const job = await read.jobOf(database, id);
    if (job === undefined) return undefined;
    const run = job.run === null ? undefined : await read.runOf(database, job.run);
    return jobPage({ job, run, audit: await read.auditOf(database, `job ${id}`, 1000) });
  });
  page('/series', async () => seriesListPage(await read.series(database, 1000)));
  page<{ id: string }>('/series/:id', async ({ id }, { role }) => {
    const series = /^\d{1,15}$/.test(id) ? await read.seriesById(database, id) : undefined;
    if (series === undefined) return undefined;
    const seen = await database.transaction(transaction => watched(transaction, id));
    return seriesPage(series, seen, role === 'operator');
  });
  page('/night', async () =>
    database.transaction(async transaction =>
      nightPage(await lastNight(transaction), await alarms(transaction, mostAlarms)),
    ),
  );
  app.post<{ Params: { id: string } }>('/series/:id/annotations', async (request, reply) => {
    const identity = await identityOf(database, options.secret, request);
    const { name } = await authorise(database, identity, 'operator', request);
    const { id } = request.params;
    const given = noteSchema.safeParse(request.body);
    if (!/^\d{1,15}$/.test(id) || !given.success)
      throw new LittlefirstError('LF_USAGE', 'This is no note to a series');
    await annotate(database, name, id, { ...given.data, at: new Date() });
    return reply.redirect(`/series/${id}#notes`, 303);
  });
  app.get<{ Params: { run: string; name: string } }>('/runs/:run/:name', async (request, reply) => {
    const identity = await identityOf(database, options.secret, request);
    if (identity === undefined) return reply.redirect('/login', 303);
    const run = await read.runOf(database, request.params.run);
    const file = run?.files.find(({ name }) => name === request.params.name);
    const artefact = file && (await context.artefacts.open(file.sha256));
    if (file === undefined || artefact === undefined)
      throw new LittlefirstError('LF_FARM_REFUSED', 'There is no such file');
    /* A worker wrote it, so it gets an origin of its own, in which no script runs. */
    reply.header(
      'content-security-policy',
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    );
    const isPage = file.name.endsWith('.html');
    return reply
      .type(isPage ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8')
      .header('content-length', artefact.bytes)
      .send(artefact.content);
  });
  app.get('/metrics', async (request, reply) => {
    const identity = await identityOf(database, options.secret, request);
    await authorise(database, identity, 'viewer', request);
    return reply
      .type('application/openmetrics-text; version=1.0.0; charset=utf-8')
      .send(await metricsText(database));
  });
}
