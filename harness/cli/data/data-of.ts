import { resolve } from 'node:path';
import { isDataSetName } from '../../library/index.js';
import type { CliContext } from '../context.js';

/** What `--data` names: a data set, or a folder as seen from where the program was called. */
export const dataOf = ({ cwd }: Pick<CliContext, 'cwd'>, data: string): string =>
  isDataSetName(data) ? data : resolve(cwd, data);
