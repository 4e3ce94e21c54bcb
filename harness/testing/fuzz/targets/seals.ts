import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../../host/make-folder.js';
import { journalFileName, sealFileName } from '../../../record/run-folder.js';
import { checkSeal } from '../../../record/seal.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, fuzzFolder } from './bytes.js';

const journal = '{"kind":"campaign"}\n';

/** A seal that holds, by a key that never changes: PKCS 8 around 32 bytes (RFC 8410). */
function soundSeal(): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const file = {
    name: journalFileName,
    bytes: journal.length,
    sha256: createHash('sha256').update(journal).digest('hex'),
  };
  const body = {
    schema: 'littlefirst.seal/1',
    run: 'x',
    sealedAt: '2026-01-01T00:00:00.000Z',
    files: [file],
  };
  return JSON.stringify({
    ...body,
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'),
    signature: sign(null, Buffer.from(JSON.stringify(body)), key).toString('base64'),
  });
}

/** Seals of strangers' run folders. */
export const sealTargets: readonly FuzzTarget[] = [
  {
    name: 'seals',
    seeds: [bytesOf(soundSeal()), bytesOf('{}')],
    words: ['"files":[', '"recordings/', '../', 'null', '"sha256":"', '-1', '1e308'],
    run: input => {
      const folder = join(fuzzFolder(), 'sealed');
      makeFolder(folder);
      writeFileSync(join(folder, journalFileName), journal);
      writeFileSync(join(folder, sealFileName), input);
      return checkSeal(folder);
    },
  },
];
