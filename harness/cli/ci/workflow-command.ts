/**
 * Workflow commands of GitHub Actions (docs.github.com/actions/reference/workflow-commands-for-github-actions): a line on stdout or stderr
 * that the runner reads. Escapes are those of its toolkit (actions/toolkit, its core package): in the message `%`, CR and LF, in properties
 * also `:` and `,`.
 */

export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  title: string;
  message: string;
  /** Path below the repository, with `/`. */
  file?: string;
  /** From 1. */
  line?: number;
  column?: number;
}

const forMessage = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const forProperty = (text: string): string => forMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** The line of an annotation, without line feed. */
export function annotationLine({ level, title, message, file, line, column }: Annotation): string {
  const properties = [
    ['file', file],
    ['line', file === undefined ? undefined : line],
    ['col', file === undefined || line === undefined ? undefined : column],
    ['title', title],
  ] as const;
  const told = properties.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${forProperty(String(value))}`],
  );
  return `::${level} ${told.join(',')}::${forMessage(message)}`;
}
