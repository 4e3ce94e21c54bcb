import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packagePath } from '../../package-root.js';
import { codeBlocks } from './blocks.js';

interface Pipeline {
  jobs?: Record<string, { steps: { run?: string }[] }>;
  nightly?: { script: string[] };
}

/** Jenkins' pipelines in the farm's guide, as they stand. */
export const groovyBlocks = (): string[] =>
  codeBlocks(readFileSync(packagePath('docs', 'farm.md'), 'utf8'), 'groovy');

/** Shell steps of the pipelines in the farm's guide that enqueue a nightly, by whose they are. */
export function nightlyRecipes(): Record<'github' | 'gitlab' | 'jenkins', string[]> {
  const guide = readFileSync(packagePath('docs', 'farm.md'), 'utf8');
  const pipelines = codeBlocks(guide, 'yaml').map(block => parse(block) as Pipeline);
  return {
    github: pipelines.flatMap(({ jobs }) => jobs?.nightly?.steps ?? []).flatMap(({ run }) => run ?? []),
    gitlab: pipelines.flatMap(({ nightly }) => nightly?.script ?? []),
    jenkins: [...groovyBlocks()[0].matchAll(/^ *sh '(.*)'$/gm)].map(([, command]) => command),
  };
}

/** The step of the farm's guide that runs a bench under a lease. */
export function leaseRecipe(): string {
  const guide = readFileSync(packagePath('docs', 'farm.md'), 'utf8');
  const steps = codeBlocks(guide, 'yaml')
    .map(block => parse(block) as Pipeline)
    .flatMap(({ jobs }) => jobs?.bench?.steps ?? []);
  return steps.flatMap(({ run }) => run ?? []).find(step => step.includes('farm lease'))!;
}

/** Words of a shell command without pipes: its variables take the values that are given. */
export function wordsOf(command: string, variables: Record<string, string> = {}): string[] {
  return command
    .match(/"[^"]*"|'[^']*'|[^\s"']+/g)!
    .map(word =>
      word.startsWith("'")
        ? word.slice(1, -1)
        : word.replace(/^"|"$/g, '').replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? name),
    );
}
