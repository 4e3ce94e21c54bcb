import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { LittlefirstError } from '../errors.js';
import { visible } from '../visible.js';
import { writeFileAtomically } from './atomic-file.js';
import { journalFileName, refuseSealed, refuseStrange, sealFileName } from './run-folder.js';
import type { RunRecord } from './run-record.js';

/** What of a run folder is sealed; `junit.xml` and `run.log` are not: `check` writes the one again, and neither is a result. */
const sealedFiles = [
  journalFileName,
  'run.json',
  'report.html',
  'report.md',
  'windows.csv',
  'label.svg',
  'label.pdf',
];
const recordings = 'recordings';
/** A hundred bytes and more a file: many times what a run of any length has. */
const mostSealBytes = 2 ** 24;

const sealSchema = z.strictObject({
  schema: z.literal('littlefirst.seal/1'),
  run: z.string(),
  sealedAt: z.iso.datetime(),
  files: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(?:recordings\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/),
        bytes: z.number().int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
  /** DER of the SubjectPublicKeyInfo, and the Ed25519 signature (RFC 8032) of everything above, both base64. */
  publicKey: z.base64(),
  signature: z.base64(),
});
type Seal = z.infer<typeof sealSchema>;

/** What is signed: the members of the seal in this order, as JSON without spaces. */
const signedBytes = ({ schema, run, sealedAt, files }: Omit<Seal, 'publicKey' | 'signature'>): Buffer =>
  Buffer.from(
    JSON.stringify({
      schema,
      run,
      sealedAt,
      files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    }),
  );

async function sealable(folder: string): Promise<string[]> {
  const samples = await readdir(join(folder, recordings)).catch(() => []);
  const names = [...sealedFiles, ...samples.sort().map(name => `${recordings}/${name}`)];
  return names.filter(name => existsSync(join(folder, name)));
}

async function describe(folder: string, name: string): Promise<Seal['files'][number]> {
  const path = join(folder, name);
  refuseStrange(path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name, bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** Reads a key in PEM. @throws LF_USAGE when it cannot be read or is no Ed25519 key */
async function readKey(path: string, parse: (pem: Buffer) => KeyObject, what: string): Promise<KeyObject> {
  let received: string;
  try {
    const key = parse(await readFile(path));
    if (key.asymmetricKeyType === 'ed25519') return key;
    received = `a key of kind ${key.asymmetricKeyType}`;
  } catch (cause) {
    received = cause instanceof Error ? cause.message : String(cause);
  }
  throw new LittlefirstError('LF_USAGE', `${path} is not the ${what} that is needed`, {
    expected: `an Ed25519 ${what} in PEM`,
    received,
    hint: 'openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out public.pem',
  });
}

const derOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** Short name of a public key: the first 16 hexadecimal digits of the SHA-256 of its DER. */
const fingerprint = (der: Buffer): string => createHash('sha256').update(der).digest('hex').slice(0, 16);

/**
 * Signs the results of a finished run, so that whoever has the public key can see that they are unchanged.
 * @param record the run as its reports have it
 * @param keyPath Ed25519 private key, PEM
 * @returns the fingerprint of the public key
 * @throws LF_USAGE for another key, a folder that is sealed already, a run that is not finished; LF_JOURNAL
 */
export async function sealRun(folder: string, record: RunRecord, keyPath: string): Promise<string> {
  refuseSealed(folder);
  if (record.outcome === 'error' || record.integrity === 'unchained')
    throw new LittlefirstError('LF_USAGE', 'This run is none to be sealed', {
      expected: 'a finished run whose journal has a running hash',
      received:
        record.outcome === 'error' ? 'a run that ended in an error' : 'a journal of an earlier version',
      hint: 'finish the run with --resume, or measure again',
    });
  const { id: run } = record;
  const key = await readKey(keyPath, createPrivateKey, 'private key');
  const files: Seal['files'] = [];
  for (const name of await sealable(folder)) files.push(await describe(folder, name));
  const der = derOf(createPublicKey(key));
  const body = { schema: 'littlefirst.seal/1', run, sealedAt: new Date().toISOString(), files } as const;
  const seal: Seal = {
    ...body,
    publicKey: der.toString('base64'),
    signature: sign(null, signedBytes(body), key).toString('base64'),
  };
  await writeFileAtomically(join(folder, sealFileName), `${JSON.stringify(seal, null, 2)}\n`);
  return fingerprint(der);
}

function broken(folder: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_RUN_CORRUPT', `The seal of ${folder} is broken`, {
    expected,
    received: visible(received),
    hint: 'the run was changed after it was sealed, or is sealed by somebody else; ask for the original',
    fields: { file: join(folder, sealFileName) },
  });
}

async function readSeal(folder: string): Promise<Seal> {
  refuseStrange(join(folder, sealFileName), mostSealBytes);
  const text = await readFile(join(folder, sealFileName), 'utf8');
  try {
    const result = sealSchema.safeParse(JSON.parse(text));
    if (result.success) return result.data;
    const [{ path, message }] = result.error.issues;
    throw broken(folder, 'a seal', `${path.join('.')}: ${message}`);
  } catch (error) {
    if (error instanceof LittlefirstError) throw error;
    throw broken(folder, 'a seal', 'no JSON');
  }
}

/** A seal that holds. */
export interface CheckedSeal {
  run: string;
  sealedAt: string;
  /** Of the key that signed. */
  fingerprint: string;
  /** It was compared with a key that the user has from elsewhere. */
  isTrusted: boolean;
}

/**
 * Checks the seal of a run folder: signature and every file.
 * @param publicKeyPath the signer's Ed25519 public key, PEM; without it only the seal's own key is used, which anybody can have put there
 * @returns undefined where the run is not sealed and no key was given
 * @throws LF_RUN_CORRUPT where anything differs or, with a key, the run is not sealed; LF_USAGE for another key
 */
export async function checkSeal(folder: string, publicKeyPath?: string): Promise<CheckedSeal | undefined> {
  const key =
    publicKeyPath === undefined ? undefined : await readKey(publicKeyPath, createPublicKey, 'public key');
  if (!existsSync(join(folder, sealFileName))) {
    if (key === undefined) return undefined;
    throw broken(folder, `a seal by the key ${fingerprint(derOf(key))}`, 'none');
  }
  const seal = await readSeal(folder);
  const own = Buffer.from(seal.publicKey, 'base64');
  if (key !== undefined && !derOf(key).equals(own))
    throw broken(folder, `a seal by the key ${fingerprint(derOf(key))}`, `one by ${fingerprint(own)}`);
  if (!isSigned(seal, own)) throw broken(folder, 'a signature that fits', 'another');
  const sealed = new Map(seal.files.map(file => [file.name, file]));
  for (const name of await sealable(folder))
    if (!sealed.has(name)) throw broken(folder, 'no file beside the sealed ones', name);
  for (const [name, wanted] of sealed) {
    if (!existsSync(join(folder, name))) throw broken(folder, `the file ${name}`, 'none');
    const { sha256 } = await describe(folder, name);
    if (sha256 !== wanted.sha256) throw broken(folder, `${name} with SHA-256 ${wanted.sha256}`, sha256);
  }
  const { run, sealedAt } = seal;
  return { run, sealedAt, fingerprint: fingerprint(own), isTrusted: key !== undefined };
}

function isSigned(seal: Seal, der: Buffer): boolean {
  try {
    const key = createPublicKey({ key: der, type: 'spki', format: 'der' });
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, signedBytes(seal), key, Buffer.from(seal.signature, 'base64'))
    );
  } catch {
    return false;
  }
}
