import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isBoardPath, loadBoard } from '../../campaign/bench/boards.js';
import { loadBench, type ResolvedBench } from '../../campaign/bench/load.js';
import { bundleFolder } from '../../campaign/bench/names.js';
import { prepareBench } from '../../campaign/bench/prepare.js';
import { benchSchema } from '../../campaign/bench/schema.js';
import type { Finding } from '../../campaign/conformance/finding.js';
import { type ConformanceOptions, checkConformance } from '../../campaign/conformance/run.js';
import { whileHeld } from '../../campaign/open/place.js';
import { LittlefirstError } from '../../errors.js';
import { parseLinkUrl } from '../../wire/link/url.js';

export type { Finding } from '../../campaign/conformance/finding.js';
export { findingsJunit, findingText } from '../../campaign/conformance/report.js';

export interface BoardCheckOptions extends Pick<ConformanceOptions, 'only' | 'onFinding' | 'signal'> {
  /** Board behind a link: a name, or the path of one of the user's own. */
  board?: string;
  chip?: string;
  /** Bundles whose strategies are run; default: the shipped ones of our own training. */
  bundles?: readonly string[];
  /** Windows of each strategy. */
  windows?: number;
  /** Meter in an emulated board's supply. */
  meter?: string;
}

const usualBundles = ['littlefirst:paper', 'littlefirst:little-first-a', 'littlefirst:little-first-b'];
const usualWindows = 24;

/** Whether a file says that it is a bench. */
async function isBenchFile(path: string): Promise<boolean> {
  if (!/\.ya?ml$/.test(path)) return false;
  return /^schema:\s*['"]?littlefirst\.bench\//m.test(await readFile(path, 'utf8').catch(() => ''));
}

function isLink(target: string): boolean {
  if (!/^[a-z0-9]+:/.test(target)) return false;
  parseLinkUrl(target);
  return true;
}

/** The bench that a link or a board's name stands for. */
function benchOf(
  board: string,
  link: string | undefined,
  options: BoardCheckOptions,
  cwd: string,
): ResolvedBench {
  const { chip, bundles = usualBundles, windows = usualWindows, meter = 'none' } = options;
  const {
    board: _board,
    chip: _chip,
    levels: _levels,
    duts: _duts,
    strategies: _strategies,
    ...shared
  } = benchSchema.parse({
    schema: 'littlefirst.bench/1',
    name: `check of ${board}`,
    board,
    link,
    flasher: link === undefined ? 'auto' : 'none',
    meter: { driver: meter },
    bundles: [...bundles],
    data: { set: 'synthetic', windows },
  });
  return {
    ...shared,
    strategies: 'all',
    file: resolve(cwd, 'board-check'),
    link: link ?? 'emulated:',
    passes: 1,
    duts: [{ board, chip }],
    bundles: bundles.map(bundle => bundleFolder(bundle, cwd)),
  };
}

async function benchFor(target: string, options: BoardCheckOptions, cwd: string): Promise<ResolvedBench> {
  if (await isBenchFile(resolve(cwd, target)))
    return loadBench(resolve(cwd, target), { data: 'synthetic', windows: options.windows ?? usualWindows });
  const named = isLink(target) ? options.board : target;
  if (named === undefined)
    throw new LittlefirstError('LF_USAGE', 'What board is behind this link?', {
      expected: '--board NAME, or the path of a bench file',
      received: target,
    });
  const board = isBoardPath(named) ? resolve(cwd, named) : named;
  return benchOf(board, isLink(target) ? target : undefined, options, cwd);
}

/**
 * Tries what a port must guarantee.
 * @param target a bench file; a link (serial:, tcp:, ...), with `options.board`; or a board, which is then emulated
 * @returns a finding for each check; the port conforms where none failed
 * @throws LF_USAGE, LF_UNKNOWN_*, LF_CONFIG_INVALID, LF_BUNDLE_*, as opening a bench; the signal's reason
 */
export async function checkBoard(
  target: string,
  options: BoardCheckOptions = {},
  cwd = process.cwd(),
): Promise<{ board: string; findings: Finding[] }> {
  const bench = await benchFor(target, options, cwd);
  if (bench.duts.length > 1)
    throw new LittlefirstError('LF_USAGE', 'This bench has several boards', {
      expected: 'a bench with one board',
      received: bench.duts.map(dut => dut.board).join(', '),
    });
  const [prepared] = (await prepareBench(bench)).duts;
  const { only, onFinding, signal } = options;
  const findings = await whileHeld(bench, { signal }, (held, place) =>
    checkConformance(prepared, { only, onFinding, signal: held, place }),
  );
  return { board: (await loadBoard(bench.duts[0].board, cwd)).name, findings };
}
