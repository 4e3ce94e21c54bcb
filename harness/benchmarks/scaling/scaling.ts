import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';
import { moduleHref, nodeWords } from '../../testing/child.js';

/** What a child process measured of one size. */
export type Figures = Record<string, number>;

/**
 * Measures one size in a process of its own, so that its peak memory is its own. Runs from source and compiled.
 * @param child the child's module, beside this one
 * @param words of Node, e.g. what bounds its heap
 * @throws what execa throws when the child fails; the child's standard error is part of the message
 */
export async function measure(
  child: 'measure-reports' | 'measure-campaign' | 'measure-import',
  args: readonly string[],
  words: readonly string[] = [],
): Promise<Figures> {
  const file = fileURLToPath(moduleHref(`benchmarks/scaling/${child}`));
  const { stdout } = await execaNode(file, args, { nodeOptions: [...nodeWords, ...words] });
  return JSON.parse(stdout) as Figures;
}
