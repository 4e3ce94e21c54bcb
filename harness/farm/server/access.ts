import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { LittlefirstError } from '../../errors.js';
import { visible } from '../../visible.js';
import { audit } from '../store/audit.js';
import type { Database } from '../store/database.js';
import { type Identity, identify, type Role } from '../store/tokens.js';

export const sessionCookie = 'littlefirst_session';
/** How long a browser stays signed in, seconds. */
export const sessionSeconds = 12 * 3600;

const sign = (secret: string, text: string): Buffer => createHmac('sha256', secret).update(text).digest();

/** What a browser keeps instead of a token: the token's number and when it ends, signed. */
export function sessionOf(secret: string, token: number, now = Date.now()): string {
  const text = `${token}.${Math.floor(now / 1000) + sessionSeconds}`;
  return `${text}.${sign(secret, text).toString('base64url')}`;
}

/** Number of the token behind a session; undefined where it was not signed here, or is over. */
function tokenOfSession(secret: string, session: string, now = Date.now()): number | undefined {
  const [, text, token, ends, signature] = /^((\d{1,15})\.(\d{1,15}))\.([\w-]{1,100})$/.exec(session) ?? [];
  if (text === undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const right = sign(secret, text);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  return Number(ends) * 1000 > now ? Number(token) : undefined;
}

async function identifyByNumber(database: Database, token: number): Promise<Identity | undefined> {
  const [found] = await database.transaction(({ query }) =>
    query<{ name: string; role: Role }>(
      'select name, role from farm.tokens where id = $1 and revoked_at is null',
      [token],
    ),
  );
  return found === undefined ? undefined : { token, ...found };
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}

/** Who makes a request: by its token, or by the browser's session. */
export async function identityOf(
  database: Database,
  secret: string,
  request: FastifyRequest,
): Promise<Identity | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, token] = /^Bearer ([\w-]{1,200})$/.exec(authorization) ?? [];
    return token === undefined ? undefined : identify(database, token);
  }
  const session = request.cookies[sessionCookie];
  if (session === undefined) return undefined;
  /* A form of another site cannot act for the person: browsers say where a request comes from. */
  const { origin, host } = request.headers;
  if (request.method !== 'GET' && (origin === undefined || hostOf(origin) !== host)) return undefined;
  const token = tokenOfSession(secret, session);
  return token === undefined ? undefined : identifyByNumber(database, token);
}

const allows = (wanted: readonly Role[], { role }: Identity): boolean =>
  wanted.includes('viewer') || wanted.includes(role);

/**
 * Lets through who may, and writes down who may not.
 * @throws LF_FARM_ACCESS
 */
export async function authorise(
  database: Database,
  identity: Identity | undefined,
  roles: Role | readonly Role[],
  request: { method: string; url: string; ip: string },
): Promise<Identity> {
  const wanted = [roles].flat();
  if (identity !== undefined && allows(wanted, identity)) return identity;
  const path = request.url.split('?')[0].slice(0, 200);
  await database.transaction(transaction =>
    audit(
      transaction,
      identity?.name ?? `stranger at ${request.ip}`,
      'refused',
      `${request.method} ${path}`,
      {
        why: identity === undefined ? 'no valid token' : `role ${identity.role}, not ${wanted.join(' or ')}`,
      },
    ),
  );
  throw new LittlefirstError(
    'LF_FARM_ACCESS',
    identity === undefined ? 'This needs a token' : `This is not for the role ${identity.role}`,
    {
      expected: wanted.includes('viewer')
        ? 'any token of this farm'
        : `a token with the role ${wanted.join(' or ')}`,
      hint: 'an operator makes one with `littlefirst farm token`',
      fields: { known: identity !== undefined },
    },
  );
}

/** Statuses of what somebody who may do it has asked wrongly: not as documented, too large, or against a rule of the farm. */
const refusedStatuses = [400, 413, 415];

/** Writes down what was refused of somebody who is known: a hostile or replayed request leaves its line. Who only reads changes nothing and is not noted. */
export async function noteRefusal(
  database: Database,
  { identity, method, url }: { identity?: Identity; method: string; url: string },
  status: number,
  error: LittlefirstError,
): Promise<void> {
  if (identity === undefined || method === 'GET' || !refusedStatuses.includes(status)) return;
  if (error.detail.fields?.isNoted === true) return;
  await database.transaction(transaction =>
    audit(transaction, identity.name, 'refused', `${method} ${url.split('?')[0].slice(0, 200)}`, {
      why: visible(error.message.split('\n')[0].slice(0, 300)),
    }),
  );
}
