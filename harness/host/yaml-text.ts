import { type Document, isNode, isScalar, parseDocument, visit } from 'yaml';

/** Files that people write; parsers of YAML take a hundred times the memory of their text. */
const largestCharacters = 1 << 20;

const placeOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

function lineOf(text: string, at: number | undefined): string {
  return at === undefined ? '' : ` at line ${text.slice(0, at).split('\n').length}`;
}

/**
 * YAML as a document, whose keys are words. The library compares every key of a map with all others of it; here each is looked up once.
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
        if (!isScalar(key)) throw new Error(`a key is no word${lineOf(text, placeOf(key))}`);
        const at = lineOf(text, placeOf(key));
        if (seen.has(key.value)) throw new Error(`the key "${key.value}" stands twice in one map${at}`);
        seen.add(key.value);
      }
    },
  });
  return document;
}

/** What YAML says. @throws Error as {@link yamlDocument} */
export function parseYamlText(text: string): unknown {
  return yamlDocument(text).toJS();
}
