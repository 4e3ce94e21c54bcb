import { type ImportOptions, importRecordings } from '../data/own/import.js';
import { type LayoutChoice, openLayout } from '../data/own/layouts/index.js';
import type { Manifest } from '../data/own/manifest.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../host/temporary-folder.js';

/** What `importData` is to do: the layout's own choices beside those that all share. */
export type ImportRequest = Omit<ImportOptions, 'layoutName' | 'out'> &
  LayoutChoice & {
    /** Receives the data set; absent: nothing is kept, only looked at. */
    out?: string;
  };

/**
 * Imports people's own recordings into a folder that `--data` takes.
 * @returns what is in it
 * @throws LF_USAGE, LF_DATA_MISSING, LF_DATA_CORRUPT with file, line and column
 */
export async function importData(request: ImportRequest): Promise<Manifest> {
  const { out, ...options } = request;
  const layout = await openLayout(options.source, options);
  const shared = { ...options, layoutName: options.layout };
  if (out !== undefined) return importRecordings(layout, { ...shared, out });
  const folder = makeTemporaryFolder('import');
  try {
    return await importRecordings(layout, { ...shared, name: 'plan', out: folder, isPlan: true });
  } finally {
    removeTemporaryFolder(folder);
  }
}
