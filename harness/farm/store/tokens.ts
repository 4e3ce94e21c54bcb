import { createHash, randomBytes } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import { audit } from './audit.js';
import type { Database } from './database.js';

export const roles = ['viewer', 'operator', 'worker'] as const;
export type Role = (typeof roles)[number];

/** Who speaks. */
export interface Identity {
  token: number;
  name: string;
  role: Role;
}

/** Bytes of a token: it cannot be guessed, so that its plain hash may be stored. */
const tokenBytes = 32;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Makes a token. It is shown this once; the database holds its hash.
 * @throws LF_FARM_REFUSED where the name is taken
 */
export function createToken(database: Database, actor: string, name: string, role: Role): Promise<string> {
  const token = `lf_${role}_${randomBytes(tokenBytes).toString('base64url')}`;
  return database.transaction(async transaction => {
    const made = await transaction.query(
      `insert into farm.tokens (name, role, hash, created_at) values ($1, $2, $3, farm.now()) on conflict (name) do nothing returning id`,
      [name, role, hashOf(token)],
    );
    if (made.length === 0)
      throw new LittlefirstError('LF_FARM_REFUSED', `There is a token named ${name} already`, {
        hint: 'choose another name',
      });
    await audit(transaction, actor, 'token-made', `token ${name}`, { role });
    return token;
  });
}

/** Makes a token void at once. */
export function revokeToken(database: Database, actor: string, name: string): Promise<boolean> {
  return database.transaction(async transaction => {
    const found = await transaction.query(
      'update farm.tokens set revoked_at = farm.now() where name = $1 and revoked_at is null returning id',
      [name],
    );
    if (found.length > 0) await audit(transaction, actor, 'token-revoked', `token ${name}`);
    return found.length > 0;
  });
}

/** Whose token it is; undefined: nobody's, or one that was revoked. */
export function identify(database: Database, token: string): Promise<Identity | undefined> {
  return database.transaction(async ({ query }) => {
    const [found] = await query<{ id: string; name: string; role: Role }>(
      'select id, name, role from farm.tokens where hash = $1 and revoked_at is null',
      [hashOf(token)],
    );
    return found === undefined ? undefined : { token: Number(found.id), name: found.name, role: found.role };
  });
}
