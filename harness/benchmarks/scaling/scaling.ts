import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';

/** What a child process measured of one size. */
export type Figures = Record<string, number>;

/**
 * Measures one size in a process of its own, so that its peak memory is its own. Runs from source and from the build.
 * @param child the child's module, beside this one
 * @throws what execa throws when the child fails; the child's standard error is part of the message
 */
export async function measure(
  child: 'measure-reports' | 'measure-campaign' | 'measure-import',
  args: readonly string[],
): Promise<Figures> {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./${child}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const { stdout } = await execaNode(file, args, { nodeOptions: isSource ? ['--import', 'tsx'] : [] });
  return JSON.parse(stdout) as Figures;
}
