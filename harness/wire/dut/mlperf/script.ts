import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LittlefirstError } from '../../../errors.js';
import { parseYamlText } from '../../../host/yaml-text.js';

/** What a script of the stock runner asks for: loops of one download and one `infer`. */
export interface MlperfScript {
  /** null: once for every input. */
  loops: number | null;
  iterations: number;
  warmups: number;
  truthFile: string;
}

const stepSchema = z.union([z.string(), z.record(z.string(), z.array(z.string()))]);
const fileSchema = z.record(
  z.string(),
  z.object({ model: z.string(), truth_file: z.string(), script: z.array(stepSchema) }),
);

function unsupported(path: string, received: string): LittlefirstError {
  return new LittlefirstError(
    'LF_CONFIG_INVALID',
    `${path}: this script is not one that littlefirst can run`,
    {
      expected: 'one "loop [N]:" of "download" and "infer N W"; "reset N" is left to the budgets',
      received,
      hint: 'streaming tests (sww01) are not supported',
    },
  );
}

/**
 * Reads one model's script from a `tests*.yaml` of the stock runner (mlcommons/tiny, benchmark/runner/script.py).
 * @throws LF_CONFIG_INVALID
 */
export async function loadMlperfScript(path: string, model: string): Promise<MlperfScript> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LittlefirstError('LF_CONFIG_INVALID', `Cannot read the script ${path}`, { cause });
  });
  return parseMlperfScript(text, path, model);
}

/** {@link loadMlperfScript} of a text. @param path what messages call it */
export function parseMlperfScript(text: string, path: string, model: string): MlperfScript {
  let document: unknown;
  try {
    document = parseYamlText(text);
  } catch (cause) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${path} is not YAML`, {
      received: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      cause,
    });
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) throw unsupported(path, parsed.error.issues[0]?.message ?? 'another structure');
  const entry = Object.hasOwn(parsed.data, model) ? parsed.data[model] : undefined;
  if (entry === undefined)
    throw new LittlefirstError('LF_CONFIG_INVALID', `${path} has no script for model "${model}"`, {
      expected: `one of ${Object.keys(parsed.data).join(', ')}`,
      received: `the DUT says m-model-[${model}]`,
    });
  const [only] = entry.script;
  if (entry.script.length !== 1 || typeof only === 'string' || Object.keys(only).length !== 1)
    throw unsupported(path, JSON.stringify(entry.script));
  const [[head, steps]] = Object.entries(only);
  const loop = /^loop(?: (\d{1,9}))?$/.exec(head.trim());
  const wanted = steps.map(step => step.trim()).filter(step => !step.startsWith('reset'));
  const infer = /^infer (\d{1,9}) (\d{1,9})$/.exec(wanted[1] ?? '');
  if (loop === null || infer === null || wanted[0] !== 'download' || wanted.length !== 2)
    throw unsupported(path, `${head}: ${steps.join(', ')}`);
  return {
    loops: loop[1] === undefined ? null : Number(loop[1]),
    iterations: Number(infer[1]),
    warmups: Number(infer[2]),
    truthFile: entry.truth_file,
  };
}
