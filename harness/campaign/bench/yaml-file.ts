import { readFile } from 'node:fs/promises';
import { isScalar, visit } from 'yaml';
import type { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { yamlDocument } from '../../host/yaml-text.js';

/** `levels[2].name` from zod's path. */
function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

/** Keys whose values name a thing and are no numbers, whatever their digits look like. */
const names: ReadonlySet<unknown> = new Set(['serialNumber', 'serial', 'vid', 'pid', 'id']);

/**
 * YAML with the texts of serial numbers and USB ids as they are written: YAML itself reads `00123` as 123 and `66E1234` as infinity.
 * @throws Error when it is not YAML
 */
export function parseYamlText(text: string): unknown {
  const document = yamlDocument(text);
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !names.has(key.value) || !isScalar(value)) return;
      if (
        typeof value.value === 'number' ||
        typeof value.value === 'bigint' ||
        typeof value.value === 'boolean'
      )
        value.value = value.source;
    },
  });
  return document.toJS();
}

/**
 * Parses YAML text and checks it against a schema.
 * @param path what messages call the text
 * @throws LF_CONFIG_INVALID naming each place in the file and what is allowed there
 */
export function parseYaml<T extends z.ZodType>(text: string, path: string, schema: T): z.output<T> {
  let document: unknown;
  try {
    document = parseYamlText(text);
  } catch (cause) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${path} is not YAML`, {
      received: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      fields: { file: path },
      cause,
    });
  }
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const places = result.error.issues.map(issue => `${placeOf(issue.path)}: ${issue.message}`);
  throw new LittlefirstError('LF_CONFIG_INVALID', `${path} is not usable`, {
    received: places.join('; '),
    hint: 'compare with the files below fixtures/',
    fields: { file: path, places },
  });
}

/** {@link parseYaml} of a file. @throws LF_CONFIG_INVALID also when it cannot be read */
export async function readYaml<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${path} cannot be read`, {
      expected: 'a readable YAML file',
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'check the path; the shipped benches lie in fixtures/benches',
      fields: { file: path },
      cause,
    });
  }
  return parseYaml(text, path, schema);
}
