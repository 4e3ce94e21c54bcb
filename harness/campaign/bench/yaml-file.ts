import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseYaml as parseChecked, parseText } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { limitUnit } from '../../record/targets.js';

/** Keys whose values name a thing and are no numbers, whatever their digits look like. */
const textKeys: ReadonlySet<unknown> = new Set(['serialNumber', 'serial', 'vid', 'pid', 'id']);

/**
 * YAML with the texts of serial numbers and USB ids as they are written: YAML itself reads `00123` as 123 and `66E1234` as infinity.
 * @throws Error when it is not YAML
 */
export const parseYamlText = (text: string): unknown => parseText(text, textKeys).value;

/**
 * Parses YAML text and checks it against a schema.
 * @param path what messages call the text
 * @throws LF_CONFIG_INVALID naming each place in the file and what is allowed there
 */
export function parseYaml<T extends z.ZodType>(text: string, path: string, schema: T): z.output<T> {
  return parseChecked(text, path, schema, {
    code: 'LF_CONFIG_INVALID',
    purpose: 'usable',
    hint: 'compare with the files below fixtures/',
    textKeys,
    unitBeside: limitUnit,
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
