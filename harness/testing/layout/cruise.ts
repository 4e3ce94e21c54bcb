import { pathToFileURL } from 'node:url';
import type { ICruiseResult } from 'dependency-cruiser';
import { execa } from 'execa';
import { z } from 'zod';
import { packagePath, packageRoot } from '../../package-root.js';

const rulesFile = packagePath('.dependency-cruiser.mjs');

/** What is cruised, below the project's folder. */
export const cruisedFolders = ['harness', 'firmware/tools'];

/** A source file and the files of the project that it imports. */
export interface SourceModule {
  /** Path below the tree's folder, e.g. `harness/model/load.ts`. */
  path: string;
  imports: string[];
}

/** An import that the rules forbid. */
export interface Violation {
  rule: string;
  from: string;
  to: string;
}

export interface Cruise {
  modules: SourceModule[];
  violations: Violation[];
}

const layoutSchema = z.object({
  /** From the ground up: names of rooms, or of files directly in `harness/`. */
  floors: z.array(z.array(z.string()).min(1)).min(1),
  /** Folders of a room, each importing only those before it. */
  orders: z.record(z.string(), z.array(z.string()).min(2)),
});

/** What `.dependency-cruiser.mjs` says of the rooms. */
export async function readLayout(): Promise<z.infer<typeof layoutSchema>> {
  return layoutSchema.parse(await import(pathToFileURL(rulesFile).href));
}

/**
 * Reads all modules of a tree and judges their imports by the committed rules. dependency-cruiser runs as a process of its own,
 * since its swc parser does not load where tsx has replaced Node's way to import.
 * @param folder the tree, laid out as the project is, with a `tsconfig.json`
 * @param rules another file of rules, for tests
 */
export async function cruiseTree(folder: string, rules = rulesFile): Promise<Cruise> {
  const run = await execa('depcruise', ['--config', rules, '--output-type', 'json', ...cruisedFolders], {
    cwd: folder,
    preferLocal: true,
    localDir: packageRoot,
    env: { NODE_OPTIONS: '' },
    reject: false,
  });
  // Its exit code is the number of broken rules; without a result it failed.
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser failed: ${run.stderr || run.stdout}`);
  const { modules, summary } = JSON.parse(run.stdout) as ICruiseResult;
  return {
    modules: modules
      .filter(module => cruisedFolders.some(start => module.source.startsWith(`${start}/`)))
      .map(module => ({
        path: module.source,
        imports: module.dependencies.filter(to => !to.coreModule).map(to => to.resolved),
      })),
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

let project: Promise<Cruise> | undefined;

/** The modules of this project, read once. */
export function cruiseProject(): Promise<Cruise> {
  project ??= cruiseTree(packageRoot);
  return project;
}

/** A parser that cannot read TypeScript sees no module, or modules without imports, and finds nothing wrong with them. */
export const fewestModules = 300;

/** What is wrong with a cruise, a line each; empty if nothing is. */
export function complaints({ modules, violations }: Cruise): string[] {
  const imports = modules.reduce((sum, module) => sum + module.imports.length, 0);
  const found = violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`);
  if (modules.length < fewestModules)
    found.push(
      `only ${modules.length} modules were seen, at least ${fewestModules} are there: look at options.parser`,
    );
  if (imports < modules.length)
    found.push(`only ${imports} imports were seen in ${modules.length} modules: look at options.parser`);
  return found;
}
