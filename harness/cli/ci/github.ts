import { realpathSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { LittlefirstError } from '../../errors.js';
import { visible, visibleLine } from '../../visible.js';
import { type CliContext, printColoured, printLine } from '../context.js';
import { type Annotation, annotationLine } from './workflow-command.js';

/** Whether this is a step of GitHub Actions. */
export const isGithubStep = ({ env }: Pick<CliContext, 'env'>): boolean => env.GITHUB_ACTIONS === 'true';

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/** A file's path below the repository that the step works in; undefined for one that lies elsewhere. */
function pathInRepository({ env, cwd }: CliContext, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = relative(real(resolve(env.GITHUB_WORKSPACE ?? cwd)), real(resolve(cwd, file)));
  return path === '' || path.startsWith('..') || resolve(path) === path
    ? undefined
    : path.split(sep).join('/');
}

/** Prints annotations: on stderr, since stdout may be JSON. */
export function annotate(context: CliContext, annotations: readonly Annotation[]): void {
  for (const { title, message, file, ...rest } of annotations) {
    const line = annotationLine({
      ...rest,
      title: visibleLine(title),
      message: visible(message),
      file: pathInRepository(context, file),
    });
    printColoured(context.err, line);
  }
}

/** Appends Markdown to the summary of the step; that it cannot be written is no reason to fail. */
export async function summarise({ env, err }: CliContext, markdown: string): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  await appendFile(file, `${markdown}\n`).catch((cause: Error) =>
    printLine(err, `the summary of the step was not written: ${cause.message}`),
  );
}

/** An error as an annotation, at each place of the file that it names. */
export function annotateError(context: CliContext, { code, message, detail }: LittlefirstError): void {
  if (!isGithubStep(context)) return;
  const { file, places } = detail.fields ?? {};
  const found = (Array.isArray(places) ? places : []).flatMap(place => {
    const [, line, column] = /^line (\d+), column (\d+)/.exec(String(place)) ?? [];
    return line === undefined ? [] : [{ line: Number(line), column: Number(column) }];
  });
  annotate(context, [
    {
      level: 'error',
      title: code,
      message,
      file: typeof file === 'string' ? file : undefined,
      ...found[0],
    },
  ]);
}
