import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBench } from '../../campaign/bench/load.js';
import { isInstrument } from '../../campaign/bench/meter-schema.js';
import { shippedBenches } from '../../campaign/bench/names.js';
import { type BoardEntry, listBoards } from './boards.js';

/** A bench with a real line and an instrument, and the board on it: its name, or the folder of one of the user's own. */
interface Wired {
  board: string;
  meter: string;
  bench: string;
}

async function wiredIn(file: string): Promise<Wired[]> {
  if (/^protocol:/m.test(await readFile(file, 'utf8'))) return [];
  const { link, duts, meter, name } = await loadBench(file);
  if (link === 'emulated:' || !isInstrument(meter.driver)) return [];
  return duts.map(({ board }) => ({ board, meter: meter.driver, bench: name }));
}

/** Benches of the package, and of boards of the user's own. */
async function wiredBenches(boards: readonly BoardEntry[]): Promise<Wired[]> {
  const names = (await readdir(shippedBenches)).filter(file => file.endsWith('.yaml')).sort();
  const own = boards.flatMap(({ folder }) => (folder === undefined ? [] : [join(folder, 'bench.yaml')]));
  const files = [...names.map(name => join(shippedBenches, name)), ...own.filter(file => existsSync(file))];
  return (await Promise.all(files.map(wiredIn))).flat();
}

const size = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : `${Math.round(bytes / 1024)} KB`;

function levelsOf({ levels }: BoardEntry): string {
  if (levels.length === 0) return 'no level that it can set';
  const megahertz = levels.map(({ Hz }) => Hz / 1e6);
  const [low, high] = [Math.min(...megahertz), Math.max(...megahertz)];
  const range = low === high ? `${low}` : `${low} to ${high}`;
  return `${range} MHz${levels.length > 1 ? `, ${levels.length} levels` : ''}`;
}

/** A cell's text: a bar would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function row(board: BoardEntry, wired: readonly Wired[]): string {
  const { name, core, flashBytes, ramBytes, defaultChip, emulator, links, hardware, proven, folder } = board;
  const meters = wired
    .filter(bench => bench.board === name || (folder !== undefined && bench.board.startsWith(folder)))
    .map(({ meter, bench }) => `${meter} (\`${bench}\`)`);
  const shown = [
    ...(proven.emulated === undefined ? [] : [`emulated: ${proven.emulated}`]),
    ...(proven.checked === undefined ? [] : [`not run: ${proven.checked}`]),
  ];
  const cells = [
    `\`${name}\``,
    `${core}, ${size(flashBytes)}, ${size(ramBytes)}`,
    `\`${defaultChip}\`, ${levelsOf(board)}`,
    emulator ?? '-',
    hardware,
    links.join(', '),
    meters.join(', ') || '-',
    shown.join('; ') || 'nothing',
    proven.silicon ?? '**never**',
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Columns of the table. */
const heads = [
  ...['board', 'core, flash, RAM', 'chip profile, levels', 'emulator', 'real hardware', 'links'],
  ...['meters wired (bench)', 'proven', 'on silicon'],
];

/**
 * Boards as a Markdown table, each row from its board file, its default chip and the benches that name it.
 * @param boards default: those of the package, then the user's own
 * @throws LF_CONFIG_INVALID, LF_UNKNOWN_CHIP
 */
export async function boardsTable(boards?: readonly BoardEntry[]): Promise<string> {
  const listed = boards ?? (await listBoards());
  const wired = await wiredBenches(listed);
  return [
    `| ${heads.join(' | ')} |`,
    `|${'---|'.repeat(heads.length)}`,
    ...listed.map(board => row(board, wired)),
  ].join('\n');
}
