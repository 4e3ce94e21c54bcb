/**
 * Reports sources of the firmware that call or include each other in a circle; needs no compiler.
 * Run by `npm run lint`: `tsx firmware/tools/circles.ts`.
 *
 * A unit is a source with its header: files of one name in one folder. It uses the units whose headers it includes and whose
 * functions and data it names. What core/port.h declares is the seam between core and ports: whoever names it uses that header.
 * Interrupt handlers do not count: the hardware calls them, or the model that stands for it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagePath } from '../../harness/package-root.js';

const firmwareFolder = packagePath('firmware');
const seam = 'core/port';

/** Folders whose sources are linked together; the last ones of a program are its own. */
function programs(root: string): string[][] {
  const ports = readdirSync(join(root, 'ports')).filter(name => /^\w+$/.test(name) && name !== 'common');
  return [
    ...ports.map(port => ['core', 'ports/common', `ports/${port}`]),
    ['core', 'ports/common', 'ports/rp2040', 'bridge'],
    ['core', 'test/kernels'],
    ['core', 'test/engine'],
    ['core', 'fuzz'],
    ['core', 'ports/stm32l4r5', 'port-model'],
    ['test/scores'],
    ['qemu-plugin'],
  ];
}

/** Unit to the units that it uses, each with what it takes from there. */
export type Uses = Map<string, Map<string, Set<string>>>;

export interface Source {
  /** Below firmware/. */
  path: string;
  text: string;
}

interface Parsed {
  unit: string;
  includes: string[];
  /** Names that other files can link against. */
  defines: Set<string>;
  /** Names that its prototypes and `extern` lines promise. */
  declares: Set<string>;
  /** Identifiers in its function bodies and initial values, members left out. */
  names: Set<string>;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g, match =>
    match.startsWith('/') ? ' ' : '""',
  );
}

/** Splits C at its outermost braces: declarations and heads (each brace pair leaves `{}`), and what was between braces. */
function splitAtBraces(code: string): { outer: string; inner: string } {
  let depth = 0;
  let outer = '';
  let inner = '';
  for (const char of code) {
    if (char === '{' && depth++ === 0) outer += '{';
    if (char === '}') depth--;
    if (depth === 0) outer += char;
    else inner += char;
  }
  return { outer, inner };
}

function parseC(text: string): Omit<Parsed, 'unit' | 'includes'> {
  const defines = new Set<string>();
  const declares = new Set<string>();
  const { outer, inner } = splitAtBraces(withoutComments(text).replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, ''));
  for (const [, statement, end] of outer.matchAll(/([^{};]+)(\{\}|;)/g)) {
    const head = statement.replace(/__attribute__\s*\(\(.*?\)\)/g, '').trim();
    if (/^(?:static|typedef|struct \w+$|enum\b|_Static_assert)/.test(head)) continue;
    const called = /(\w+)\s*\([^=]*$/.exec(head)?.[1];
    const data = /\w[\s*]+(\w+)\s*(?:\[[^\]]*\]\s*)*(?:=|$)/.exec(head)?.[1];
    const name = head.includes('=') ? data : (called ?? data);
    if (name === undefined) continue;
    const promised = head.startsWith('extern') || (called === name && end === ';');
    (promised ? declares : defines).add(name);
  }
  const names = new Set([...inner.matchAll(/(?<!\.|->|\w)[A-Za-z_]\w*/g)].map(([name]) => name));
  return { defines, declares, names };
}

/** Labels that an assembler source exports: first operands of FUNCTION, or of a macro that uses it (core/kernels_macros.h). */
function parseAssembler(text: string): Omit<Parsed, 'unit' | 'includes'> {
  const code = withoutComments(text);
  const exported = /^\s*(?:\.global|FUNCTION)\s+(\w+)/gm;
  const defines = new Set([...code.matchAll(exported)].map(([, name]) => name));
  for (const [, macro] of code.matchAll(/\.macro\s+(\w+)\s+name\b/g))
    for (const [, name] of code.matchAll(new RegExp(`^\\s*${macro}\\s+(\\w+)`, 'gm'))) defines.add(name);
  const called = [...code.matchAll(/^\s*(?:bl?x?|b\w\w|\.word)(?:\.w)?\s+([A-Za-z_]\w*)/gm)];
  return { defines, declares: new Set(), names: new Set(called.map(([, name]) => name)) };
}

function parse({ path, text }: Source): Parsed {
  const includes = [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, file]) => basename(file));
  return {
    unit: path.replace(/\.\w+$/, ''),
    includes,
    ...(path.endsWith('.S') ? parseAssembler(text) : parseC(text)),
  };
}

/**
 * What the units of one program use of each other. Where a header or name stands in several folders, the last one counts. A name
 * counts only where the file or a header that it includes declares it: a local variable may bear the name of a far function.
 */
export function usesAmong(sources: readonly Source[]): Uses {
  const files = sources.map(source => ({ ...parse(source), path: source.path }));
  const headers = new Map(
    files.filter(({ path }) => path.endsWith('.h')).map(file => [basename(file.path), file]),
  );
  const definers = new Map(
    files.flatMap(({ unit, defines }) => [...defines].map(name => [name, unit] as const)),
  );
  const uses: Uses = new Map(files.map(({ unit }) => [unit, new Map()]));
  for (const file of files) {
    const add = (target: string | undefined, what: string) => {
      if (target === undefined || target === file.unit) return;
      const taken = uses.get(file.unit)!;
      taken.set(target, (taken.get(target) ?? new Set()).add(what));
    };
    const seen = new Set([file]);
    for (const { includes } of seen)
      for (const name of includes) {
        const header = headers.get(name);
        if (header !== undefined) seen.add(header);
      }
    for (const name of file.includes) add(headers.get(name)?.unit, name);
    for (const name of file.names) {
      if (name.endsWith('_handler')) continue;
      const declaring = [...seen].filter(({ declares }) => declares.has(name));
      if (declaring.length === 0 && !file.path.endsWith('.S')) continue;
      add(declaring.some(({ unit }) => unit === seam) ? seam : definers.get(name), name);
    }
  }
  return uses;
}

/** Sets of units each of which reaches all others of its set. */
export function circlesIn(uses: Uses): string[][] {
  const reached = (from: string): Set<string> => {
    const seen = new Set<string>();
    const open = [from];
    for (let unit = open.pop(); unit !== undefined; unit = open.pop())
      for (const next of uses.get(unit)?.keys() ?? [])
        if (!seen.has(next)) {
          seen.add(next);
          open.push(next);
        }
    return seen;
  };
  const all = new Map([...uses.keys()].map(unit => [unit, reached(unit)]));
  const circles = [...all]
    .filter(([unit, seen]) => seen.has(unit))
    .map(([unit, seen]) => [...seen].filter(other => all.get(other)?.has(unit)).sort());
  return [...new Map(circles.map(circle => [circle.join(), circle])).values()];
}

/** One line for each direction in which two units of a circle use each other. */
export function describeCircle(circle: readonly string[], uses: Uses): string {
  const lines = circle.flatMap(from =>
    [...(uses.get(from) ?? [])]
      .filter(([to]) => circle.includes(to))
      .map(([to, what]) => `  ${from} uses ${to}: ${[...what].sort().join(', ')}`),
  );
  return [`circle of ${circle.join(', ')}`, ...lines].join('\n');
}

/** Reads the C and assembler sources of some folders below `root`. */
export function readSources(root: string, folders: readonly string[]): Source[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(file => /\.[chS]$/.test(file))
      .sort()
      .map(file => ({ path: `${folder}/${file}`, text: readFileSync(join(root, folder, file), 'utf8') })),
  );
}

/** The circles of every program below `root`, described; and how many sources were read. */
export function firmwareCircles(root: string = firmwareFolder): { circles: string[]; sources: number } {
  const circles = new Set<string>();
  const read = new Set<string>();
  for (const folders of programs(root)) {
    const sources = readSources(root, folders);
    for (const { path } of sources) read.add(path);
    const uses = usesAmong(sources);
    for (const circle of circlesIn(uses)) circles.add(describeCircle(circle, uses));
  }
  return { circles: [...circles], sources: read.size };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { circles, sources } = firmwareCircles();
  for (const circle of circles) console.error(circle);
  if (circles.length > 0) process.exitCode = 1;
  else console.log(`firmware: ${sources} sources, none in a circle`);
}
