import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseDocument } from 'yaml';
import { didYouMean } from '../../config/nearest.js';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { boardNames, loadBoard } from '../bench/boards.js';
import { meterDrivers } from '../bench/meter-schema.js';
import { benchNames, bundleNames, shippedBenches } from '../bench/names.js';

/** What a new bench file shall measure. */
export interface NewBench {
  name: string;
  board: string;
  meter: string;
  data: 'synthetic' | 'uci-har' | 'hapt';
  /** A folder, or `littlefirst:NAME`. */
  bundle: string;
  windows: number;
  /** A shipped bench of real hardware to begin with, instead of board and meter. */
  from?: string;
}

/** The first line of a bench file, by which editors check it. @param folder that the file lies in */
function schemaLine(folder: string): string {
  const path = relative(folder, packagePath('docs', 'schemas', 'bench.json')).replaceAll('\\', '/');
  return `# yaml-language-server: $schema=${path}\n`;
}

function known(
  name: string,
  names: readonly string[],
  what: string,
  code: 'LF_UNKNOWN_BOARD' | 'LF_USAGE',
): void {
  if (names.includes(name)) return;
  throw new LittlefirstError(code, `There is no ${what} "${name}"`, {
    expected: names.join(', '),
    received: name,
    hint: didYouMean(name, names),
  });
}

const targets = `targets:
  - { name: answers equal the golden interpreter, metric: golden-mismatches, atMost: 0 }
  - { name: latency within the window period, metric: latency-max, atMost: 1280 }
  # - { name: accuracy, metric: accuracy, atLeast: 0.9 }
  # - { name: energy saving, metric: energy-saving, strategies: [1B6S], atLeast: 0.75 }
`;

/** A shipped bench as a file of one's own: its bundles by name, what its own comments and placeholders say kept. */
function copied({ name, from = '' }: NewBench): string {
  known(from, benchNames(), 'shipped bench', 'LF_USAGE');
  const document = parseDocument(readFileSync(join(shippedBenches, `${from}.yaml`), 'utf8'));
  document.set('name', name);
  const bundles: unknown = document.toJS().bundles;
  if (Array.isArray(bundles))
    document.set(
      'bundles',
      bundles.map(bundle => String(bundle).replace(/^\.\.\/bundles\//, 'littlefirst:')),
    );
  return document.toString({ lineWidth: 0 });
}

/**
 * The text of a new bench file.
 * @param folder that the file will lie in
 * @throws LF_UNKNOWN_BOARD; LF_USAGE for a meter, bundle or shipped bench that there is not, and for a board that only real hardware is
 */
export async function benchText(bench: NewBench, folder: string): Promise<string> {
  if (bench.from !== undefined) return schemaLine(folder) + copied(bench);
  known(bench.board, await boardNames(), 'board', 'LF_UNKNOWN_BOARD');
  known(bench.meter, meterDrivers, 'meter', 'LF_USAGE');
  if (bench.bundle.startsWith('littlefirst:'))
    known(
      bench.bundle,
      bundleNames().map(name => `littlefirst:${name}`),
      'shipped bundle',
      'LF_USAGE',
    );
  const { emulator } = await loadBoard(bench.board);
  if (emulator === undefined)
    throw new LittlefirstError('LF_USAGE', `The board ${bench.board} is not emulated`, {
      expected: 'an emulated board, or --from a shipped bench of real hardware',
      received: bench.board,
      hint: `littlefirst init --from ${bench.board === 'stm32l4r5' ? 'nucleo-lpm01a' : 'pico-ppk2'}, then put your serial numbers in`,
    });
  return `${schemaLine(folder)}schema: littlefirst.bench/1
name: ${JSON.stringify(bench.name)}
board: ${bench.board}
meter: { driver: ${bench.meter} }
bundles: [${JSON.stringify(bench.bundle)}]
strategies: all
# levels: [133MHz]   # default: all that the board can set; \`littlefirst boards\` lists them
data: { set: ${bench.data}, windows: ${bench.windows} }
${targets}`;
}
