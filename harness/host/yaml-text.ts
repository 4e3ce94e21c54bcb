import { type Document, isScalar, parseDocument, visit } from 'yaml';

/** Files that people write; parsers of YAML take a hundred times the memory of their text. */
const largestCharacters = 1 << 20;

function lineOf(text: string, at: number | undefined): string {
  return at === undefined ? '' : ` at line ${text.slice(0, at).split('\n').length}`;
}

/**
 * YAML as a document. The library compares every key of a map with all others of it; here each is looked up once.
 * @throws Error when it is not YAML, or larger than any file that people write
 */
export function yamlDocument(text: string): Document {
  if (text.length > largestCharacters)
    throw new RangeError(`it has ${text.length} characters, more than ${largestCharacters}`);
  const document = parseDocument(text, { uniqueKeys: false });
  if (document.errors.length > 0) throw document.errors[0];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        const at = isScalar(key) ? key.range?.[0] : undefined;
        if (seen.has(name)) throw new Error(`the key "${name}" stands twice in one map${lineOf(text, at)}`);
        seen.add(name);
      }
    },
  });
  return document;
}

/** What YAML says. @throws Error as {@link yamlDocument} */
export function parseYamlText(text: string): unknown {
  return yamlDocument(text).toJS();
}
