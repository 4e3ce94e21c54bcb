import { posix } from 'node:path';

/** Names that a reader is to think of as a file of someone else, or of their own. */
export interface Strangers {
  /** Exact names. */
  files: Set<string>;
  /** Folders and everything in them. */
  folders: string[];
}

/** A file, a folder or a pattern of files that a text speaks of. */
export interface Mention {
  name: string;
  line: number;
}

const extensions = 'ts|mjs|c|h|S|py|mk|ld|md|svg|yaml';
const topFolders = 'harness|firmware|fixtures|docs|bin|reports';
/** A path with a known extension; a path below one of the project's folders; a folder in code marks, such as `html/`. */
const named = new RegExp(
  `(?<![\\w/.@-])(?:` +
    `(?:\\.\\./)*[\\w*{][\\w.*{},/-]*\\.(?:${extensions})(?![\\w-]|\\.\\w)|` +
    `(?:${topFolders})/[\\w.*{},/-]*[\\w*}/]|` +
    `(?<=\`)[\\w][\\w.*-]*(?:/[\\w.*-]+)*/(?=\`))`,
  'g',
);

/** The files and folders that a Markdown text speaks of, addresses left out. */
export function mentions(markdown: string): Mention[] {
  return markdown.split('\n').flatMap((text, place) => {
    const local = text.replace(/\b[a-z0-9]+:\/\/[^\s)`]+/g, '').replace(/<[\w-]+>/g, '*');
    return [...local.matchAll(named)].map(([name]) => ({ name, line: place + 1 }));
  });
}

/** `a/{b,c}` to `a/b` and `a/c`. */
function alternatives(name: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(name);
  if (braces === null) return [name];
  return braces[1]
    .split(',')
    .flatMap(word =>
      alternatives(name.slice(0, braces.index) + word + name.slice(braces.index + braces[0].length)),
    );
}

function pattern(path: string): RegExp {
  const source = path
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, star => (star === '*' ? '[^/]*' : '(?:[^/]+/)*'));
  return new RegExp(`^${source}$`);
}

/**
 * What a Markdown file speaks of and the project does not hold, as `name (line)`.
 * @param folder where the Markdown file lies, below the project's folder; empty for the top
 * @param files all files of the project, below its folder
 */
export function missing(
  markdown: string,
  folder: string,
  files: Set<string>,
  strangers: Strangers,
): string[] {
  const folders = new Set([...files].flatMap(ancestors));
  const exists = (path: string): boolean => {
    const clean = path.replace(/\/$/, '');
    if (!clean.includes('*')) return files.has(clean) || folders.has(clean);
    const wanted = pattern(clean);
    return [...files, ...folders].some(file => wanted.test(file));
  };
  return mentions(markdown)
    .filter(({ name }) => !strangers.files.has(name))
    .filter(({ name }) => !strangers.folders.some(other => name.startsWith(other)))
    .flatMap(({ name, line }) => alternatives(name).map(path => ({ path, line })))
    .filter(({ path }) => !exists(posix.normalize(path)) && !exists(posix.join(folder, path)))
    .map(({ path, line }) => `${path} (${line})`);
}

function ancestors(file: string): string[] {
  const folder = posix.dirname(file);
  return folder === '.' ? [] : [folder, ...ancestors(folder)];
}

/** TypeScript files that a source's comments speak of and that no file of the project ends in, as `name (line)`. */
export function missingInComments(source: string, files: Set<string>): string[] {
  const comments = source
    .split('\n')
    .map((text, place) => ({ text, line: place + 1 }))
    .filter(({ text }) => /^\s*(?:\/?\*|\/\/|#)/.test(text));
  return comments
    .flatMap(({ text, line }) =>
      [...text.matchAll(/(?<![\w/.@*-])[\w][\w./-]*\.ts\b/g)].map(([name]) => ({ name, line })),
    )
    .filter(({ name }) => ![...files].some(file => file === name || file.endsWith(`/${name}`)))
    .map(({ name, line }) => `${name} (${line})`);
}
