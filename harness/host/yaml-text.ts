import { type Document, isNode, isScalar, type LineCounter, parseDocument, type Scalar, visit } from 'yaml';

/** Files that people write; parsers of YAML take a hundred times the memory of their text. */
const largestCharacters = 1 << 20;

/** Levels that a file may have: far more than any needs; the parser takes long on thousands. */
const maxNesting = 64;

/** Whether brackets, or the indentation and dashes before a value, go deeper than that. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if ((character === ']' || character === '}') && depth > 0) depth--;
    if (depth > maxNesting) return true;
  }
  return /^[ \t?:-]{512}/m.test(text);
}

const placeOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

function lineOf(text: string, at: number | undefined): string {
  return at === undefined ? '' : ` at line ${text.slice(0, at).split('\n').length}`;
}

/** Whether a key is text, a number, or nothing; bytes (`!!binary`) are none of these. */
const isWord = (key: unknown): key is Scalar =>
  isScalar(key) && (key.value === null || typeof key.value !== 'object');

/**
 * YAML as a document, whose keys are words. The library compares every key of a map with all others of it; here each is looked up once.
 * @throws Error when it is not YAML, or larger than any file that people write
 */
export function yamlDocument(text: string, lineCounter?: LineCounter): Document.Parsed {
  if (text.length > largestCharacters)
    throw new RangeError(`it has ${text.length} characters, more than ${largestCharacters}`);
  if (isDeep(text)) throw new RangeError(`it is nested too deeply: more than ${maxNesting} levels`);
  const document = parseDocument(text, { uniqueKeys: false, ...(lineCounter ? { lineCounter } : {}) });
  if (document.errors.length > 0) throw document.errors[0];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        const at = lineOf(text, placeOf(key));
        if (!isWord(key)) throw new Error(`a key is no word${at}`);
        /* As a member of an object 1 is "1", and nothing is "". */
        const word = String(key.value ?? '');
        if (seen.has(word)) throw new Error(`the key "${word}" stands twice in one map${at}`);
        seen.add(word);
      }
    },
  });
  return document;
}

/** What YAML says. @throws Error as {@link yamlDocument} */
export function parseYamlText(text: string): unknown {
  return yamlDocument(text).toJS();
}
