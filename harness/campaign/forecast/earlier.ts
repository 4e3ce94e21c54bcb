import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BlockEndRecord, BlockStartRecord, CampaignRecord } from '../../record/journal/records.js';
import { journalFileName } from '../../record/run-folder.js';
import type { Observed } from './duration.js';

/** Runs that are looked into, the newest, and the longest line that is parsed: lines of windows are longer and say nothing of time. */
const mostRuns = 5;
const longestLine = 1 << 20;

/** What is read of a journal; it was written by anyone, and is trusted for a time and nothing else. */
type Line = Partial<CampaignRecord> | Partial<BlockStartRecord> | Partial<BlockEndRecord>;

function parsed(line: string): Line | undefined {
  if (line.length > longestLine || !/^\{"kind":"(campaign|block-start|block-end)"/.test(line))
    return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

const isBlock = (key: unknown): key is Observed['key'] =>
  typeof key === 'object' &&
  key !== null &&
  ['board', 'bundle', 'strategy'].every(name => typeof (key as Record<string, unknown>)[name] === 'string') &&
  typeof (key as { level?: { Hz?: unknown } }).level?.Hz === 'number';

/** Blocks that one journal tells of. */
async function blocksOf(path: string): Promise<Observed[]> {
  const found: Observed[] = [];
  const begun = new Map<unknown, { key: Observed['key']; at: number }>();
  let [windows, isEmulated] = [0, false];
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = parsed(text);
    if (line?.kind === 'campaign') {
      windows = Number(line.provenance?.dataset?.windows);
      isEmulated = (line.bench as { link?: unknown } | undefined)?.link === 'emulated:';
    }
    if (line?.kind === 'block-start' && isBlock(line.key) && !begun.has(line.block))
      begun.set(line.block, { key: line.key, at: Date.parse(line.t ?? '') });
    if (line?.kind === 'block-end') {
      const start = begun.get(line.block);
      begun.delete(line.block);
      const secondsPerWindow = (Date.parse(line.t ?? '') - (start?.at ?? Number.NaN)) / 1e3 / windows;
      if (
        start !== undefined &&
        line.valid === true &&
        secondsPerWindow > 0 &&
        Number.isFinite(secondsPerWindow)
      )
        found.push({ key: start.key, isEmulated, secondsPerWindow });
    }
  }
  return found;
}

/** How long blocks of the newest runs in a folder of reports took; none where there is no such folder. What cannot be read is left out. */
export async function earlierBlocks(reports: string): Promise<Observed[]> {
  const names = await readdir(reports, { withFileTypes: true }).catch(() => []);
  const dated = await Promise.all(
    names
      .filter(entry => entry.isDirectory())
      .map(async ({ name }) => {
        const path = join(reports, name, journalFileName);
        return { path, at: (await stat(path).catch(() => undefined))?.mtimeMs };
      }),
  );
  const newest = dated
    .filter(one => one.at !== undefined)
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
    .slice(0, mostRuns);
  return (await Promise.all(newest.map(({ path }) => blocksOf(path).catch(() => [])))).flat();
}
