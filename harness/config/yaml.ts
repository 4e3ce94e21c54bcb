import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, visit } from 'yaml';
import type { z } from 'zod';
import { type ErrorCode, LittlefirstError } from '../errors.js';
import { yamlDocument } from '../host/yaml-text.js';
import { ourWordsWith, type Refusal, refusalsOf } from './problem-words.js';
import type { Unit } from './quantity.js';

/** Refused values that a message lists. */
const mostListed = 8;

export interface YamlOptions {
  code: ErrorCode;
  /** What the file is not, e.g. `usable`. */
  purpose: string;
  /** What to try. */
  hint: string;
  /** Keys whose values name a thing and are no numbers, whatever their digits look like. */
  textKeys?: ReadonlySet<unknown>;
  /** The unit of a value, where its neighbours rather than its key tell it. @param beside the block that it stands in */
  unitBeside?: (key: PropertyKey | undefined, beside: unknown) => Unit | undefined;
}

/** Values of some keys as they are written: YAML itself reads `00123` as 123 and `66E1234` as infinity. */
function keepTexts(document: Document.Parsed, keys: ReadonlySet<unknown>): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !keys.has(key.value) || !isScalar(value)) return;
      if (['number', 'bigint', 'boolean'].includes(typeof value.value)) value.value = value.source;
    },
  });
}

/**
 * Parses YAML.
 * @throws Error when it is not YAML, or larger, deeper or stranger than any file that people write
 */
export function parseText(
  text: string,
  textKeys: ReadonlySet<unknown> = new Set(),
): { value: unknown; document: Document.Parsed; lines: LineCounter } {
  const lines = new LineCounter();
  const document = yamlDocument(text, lines);
  keepTexts(document, textKeys);
  return { value: document.toJS(), document, lines };
}

/** Where in the text a value stands, or what of its path there is. */
function offsetOf({ contents }: Document.Parsed, { path, isUnknownKey }: Refusal): number {
  let node: ParsedNode | null = contents;
  let offset = node?.range[0] ?? 0;
  path.forEach((key, depth) => {
    if (isMap(node)) {
      const pair: { key: ParsedNode; value: ParsedNode | null } | undefined = node.items.find(
        item => isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) return;
      const isWanted = isUnknownKey && depth === path.length - 1;
      offset = (isWanted ? pair.key : (pair.value ?? pair.key)).range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      const item: ParsedNode | undefined = node.items[Number(key)];
      offset = item?.range[0] ?? offset;
      node = item ?? null;
    }
  });
  return offset;
}

/** `levels[2].name`. */
function placeOf(path: readonly PropertyKey[]): string {
  const text = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object')
    return `a block with ${Object.keys(value).slice(0, 6).join(', ') || 'no key'}`;
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/**
 * Parses YAML text and checks it against a schema.
 * @param path what messages call the text
 * @throws `options.code`, with line and column of each place, what is expected there and what stands there
 */
export function parseYaml<T extends z.ZodType>(
  text: string,
  path: string,
  schema: T,
  { code, purpose, hint, textKeys, unitBeside }: YamlOptions,
): z.output<T> {
  let parsed: ReturnType<typeof parseText>;
  try {
    parsed = parseText(text, textKeys);
  } catch (cause) {
    throw new LittlefirstError(code, `${path} is not YAML`, {
      received: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
      fields: { file: path },
      cause,
    });
  }
  const words = ourWordsWith(at => unitBeside?.(at.at(-1), valueAt(parsed.value, at.slice(0, -1))));
  const result = schema.safeParse(parsed.value, { error: words });
  if (result.success) return result.data;
  const refusals = refusalsOf(result.error.issues);
  const shown = refusals.slice(0, mostListed).map(refusal => {
    const { line, col } = parsed.lines.linePos(offsetOf(parsed.document, refusal));
    const place = `line ${Math.max(1, line)}, column ${Math.max(1, col)}, ${placeOf(refusal.path)}`;
    return { place, expected: refusal.expected, received: valueText(valueAt(parsed.value, refusal.path)) };
  });
  const more = refusals.length - shown.length;
  const list = (of: 'expected' | 'received') =>
    [...shown.map(one => `${one.place}: ${one[of]}`), ...(more > 0 ? [`and ${more} more`] : [])].join(
      '\n            ',
    );
  throw new LittlefirstError(code, `${path} is not ${purpose}`, {
    expected: list('expected'),
    received: list('received'),
    hint,
    fields: { file: path, places: shown.map(({ place }) => place) },
  });
}
