/** Processes of their own that run modules of this project. */

const isSource = import.meta.url.endsWith('.ts');

/** What `node` is told before anything else, so that it takes our modules: sources need tsx, compiled tests nothing. */
export const nodeWords: readonly string[] = isSource ? ['--import', import.meta.resolve('tsx')] : [];

/** URL of a module of the project, as sources or compiled as the caller is. @param path below `harness/`, without extension */
export function moduleHref(path: string): string {
  return new URL(`../${path}.${isSource ? 'ts' : 'js'}`, import.meta.url).href;
}

/** The command line of the program, to which its words are added. */
export const program: readonly [string, ...string[]] = [
  process.execPath,
  ...nodeWords,
  '-e',
  `import(${JSON.stringify(moduleHref('cli/main'))}).then(async ({ main }) => {
    process.exitCode = await main(["node", "littlefirst", ...process.argv.slice(1)]);
  });`,
  '--',
];
