import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { packagePath } from '../../../package-root.js';

/**
 * The one script of a page, beside it as it is: the browser runs it only if it has the hash that the page's policy names. It adds to the figures of
 * traces and to nothing else; a page without it is whole.
 */
export function viewerScript(): { source: string; hash: string } {
  const source = `\n${readFileSync(packagePath('harness/report/html/traces/viewer.js'), 'utf8')}`;
  return { source, hash: `sha256-${createHash('sha256').update(source).digest('base64')}` };
}
