import { add, type Profile, type ProfiledWindow, type Spent, total } from './measure.js';
import { type Stage, stageOf, stages } from './stages.js';

/** Windows by what decided them. */
interface Kind {
  name: string;
  has: (window: ProfiledWindow, bundle: string) => boolean;
}

const static_ = 1;

/** Bit 0 of the networks is the static one in our own bundles: `harness/train/little-first`. */
const kinds: readonly Kind[] = [
  { name: 'all', has: () => true },
  { name: 'gate only, still', has: ({ nets, big }) => !big && nets === static_ },
  { name: 'gate only, moving', has: ({ nets, big }) => !big && nets === 0 },
  { name: 'Little', has: ({ nets, big }) => !big && nets > static_ },
  { name: 'Big', has: ({ big }) => big },
];

interface Column {
  name: string;
  windows: number;
  /** Cycles a window. */
  mean: number;
  functions: Spent;
}

function columnsOf({ windows, bundle }: Profile): Column[] {
  return kinds.flatMap(({ name, has }) => {
    const own = windows.filter(window => has(window, bundle));
    if (own.length === 0) return [];
    const functions: Spent = new Map();
    for (const { spent } of own) add(functions, spent);
    for (const [key, cycles] of functions) functions.set(key, cycles / own.length);
    return [{ name, windows: own.length, mean: total(functions), functions }];
  });
}

function byStage(functions: Spent): Map<Stage, number> {
  const sums = new Map<Stage, number>();
  for (const [name, cycles] of functions) {
    const stage = stageOf(name);
    sums.set(stage, (sums.get(stage) ?? 0) + cycles);
  }
  return sums;
}

const figure = (cycles: number): string => Math.round(cycles).toLocaleString('en-US');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A Markdown table: a row a stage, then the costliest functions. @param functions how many of them */
export function cycleReport(profile: Profile, functions: number): string {
  const columns = columnsOf(profile);
  const sums = columns.map(({ functions: own }) => byStage(own));
  const outside = byStage(profile.transfer);
  const count = profile.windows.length;
  const names = [...columns[0].functions.keys()].sort(
    (a, b) =>
      Math.max(...columns.map(c => c.functions.get(b) ?? 0)) -
      Math.max(...columns.map(c => c.functions.get(a) ?? 0)),
  );
  const cells = (of: (column: number) => number | undefined): string[] =>
    columns.map((_, i) => of(i)).map(cycles => (cycles === undefined || cycles === 0 ? '' : figure(cycles)));
  return [
    `${profile.bundle} on ${profile.board}: ${profile.goldenMismatches} golden mismatches, ${figure(profile.mean)} cycles a window as the campaign reports them`,
    '',
    row(['stage', ...columns.map(({ name }) => name), 'outside the window']),
    row(['---', ...columns.map(() => '---:'), '---:']),
    row(['windows', ...columns.map(({ windows }) => figure(windows)), figure(count)]),
    ...stages
      .filter(stage => sums.some(sum => sum.has(stage)) || outside.has(stage))
      .map(stage =>
        row([stage, ...cells(i => sums[i].get(stage)), figure((outside.get(stage) ?? 0) / count)]),
      ),
    row([
      '**all**',
      ...columns.map(({ mean }) => `**${figure(mean)}**`),
      figure(total(profile.transfer) / count),
    ]),
    ...names
      .slice(0, functions)
      .map(name =>
        row([`\`${name}\` (${stageOf(name)})`, ...cells(i => columns[i].functions.get(name)), '']),
      ),
    '',
  ].join('\n');
}
