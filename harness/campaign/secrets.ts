import { readFile } from 'node:fs/promises';
import { LittlefirstError } from '../errors.js';

/** Stands in the journal for a secret that the bench file had as it is. */
export const notJournalled = '(not journalled)';

const isReference = (secret: string): boolean => /^(env|file):/.test(secret);

/**
 * The value of a secret of a bench file: `env:NAME` and `file:PATH` (its first line) name where it lies; anything else is the secret itself.
 * @throws LF_CONFIG_INVALID, never with a value in its message
 */
export async function readSecret(secret: string, what: string): Promise<string> {
  const refuse = (received: string, cause?: unknown): LittlefirstError =>
    new LittlefirstError('LF_CONFIG_INVALID', `${what} is not there`, {
      expected: 'env:NAME with a variable that is set, or file:PATH with a file that can be read',
      received,
      cause,
    });
  const [, kind, name] = /^(env|file):(.*)$/s.exec(secret) ?? [];
  if (kind === 'env') {
    const value = process.env[name];
    if (value === undefined || value === '') throw refuse(`${secret}, which is not set`);
    return value;
  }
  if (kind === 'file') {
    const text = await readFile(name, 'utf8').catch((cause: unknown) => {
      throw refuse(`${secret}, which cannot be read`, cause);
    });
    const [line] = text.split(/\r?\n/, 1);
    if (line === '') throw refuse(`${secret}, which is empty`);
    return line;
  }
  if (secret === notJournalled)
    throw refuse('a secret that the bench file had as it is, which no journal keeps');
  return secret;
}

/** Members of a bench that hold secrets, wherever they are. */
const secretNames: ReadonlySet<string> = new Set(['password']);
/** User and password in the address of a link. */
const userInfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i;

/** A bench as the journal may keep it: without secrets that stand in it as they are, and the places where they stood. */
export function withoutSecrets<T>(bench: T): { bench: T; places: string[] } {
  const places: string[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${path}[${i}]`));
    if (typeof value === 'string' && userInfo.test(value)) {
      places.push(path);
      return value.replace(userInfo, `$1${notJournalled}@`);
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const at = path === '' ? key : `${path}.${key}`;
        if (!secretNames.has(key) || typeof item !== 'string' || isReference(item))
          return [key, walk(item, at)];
        places.push(at);
        return [key, notJournalled];
      }),
    );
  };
  return { bench: walk(bench, '') as T, places };
}

/** The warning of a secret that a bench file has as it is. */
export const literalSecret = (place: string) => ({
  code: 'LF_CONFIG_INVALID',
  message: `The bench file has a secret as it is: ${place}. Write env:NAME or file:PATH instead`,
  action: 'used, and kept out of journal and reports; a resumed run will not have it',
});
