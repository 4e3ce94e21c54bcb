import { type CsvOptions, csvLayout } from './csv.js';
import { haptLayout } from './hapt.js';
import type { Layout } from './layout.js';
import { motionSenseLayout } from './motion-sense.js';
import { pamap2Layout, type pamap2Places } from './pamap2.js';
import { wisdmLayout } from './wisdm.js';

/** Layouts by the names that the command line knows. */
export const layoutNames = ['csv', 'motionsense', 'wisdm', 'pamap2', 'hapt'] as const;

/** What a layout needs to be told. */
export type LayoutChoice =
  | { layout: 'motionsense' | 'wisdm' | 'hapt' }
  | { layout: 'pamap2'; place: (typeof pamap2Places)[number] }
  | { layout: 'csv'; csv: CsvOptions };

/** Finds the files of a layout below a folder. @throws LF_DATA_MISSING, LF_DATA_CORRUPT, LF_USAGE */
export async function openLayout(source: string, choice: LayoutChoice): Promise<Layout> {
  switch (choice.layout) {
    case 'csv':
      return csvLayout(source, choice.csv);
    case 'motionsense':
      return motionSenseLayout(source);
    case 'wisdm':
      return wisdmLayout(source);
    case 'pamap2':
      return pamap2Layout(source, choice.place);
    case 'hapt':
      return haptLayout(source);
  }
}
