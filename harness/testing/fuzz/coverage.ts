import { Session } from 'node:inspector';

interface CoverageRange {
  startOffset: number;
  endOffset: number;
  count: number;
}

interface ScriptCoverage {
  url: string;
  functions: { ranges: CoverageRange[] }[];
}

/** How often the innermost range around a place ran. Ranges stand in the order of their beginnings, outer ones first. */
function countAt(ranges: readonly CoverageRange[], place: number): number {
  let count = 0;
  for (const range of ranges) if (range.startOffset <= place && place < range.endOffset) count = range.count;
  return count;
}

/**
 * Block coverage of the program's own modules, as V8 counts it (Chrome DevTools protocol, Profiler.startPreciseCoverage). V8 tells of a block
 * only where its count differs from that of the block around it: one that ran whenever its function did is not told of. So a block is known by
 * its place from the first time that it did not run, and has run when the innermost range around that place has a count.
 */
export class Coverage {
  private readonly session = new Session();
  /** Places of blocks, by function. */
  private readonly places = new Map<string, Set<number>>();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since the last call, each named by its module and place. */
  take(): Set<string> {
    const ran = new Set<string>();
    this.session.post('Profiler.takePreciseCoverage', (_error, reply) => {
      for (const { url, functions } of (reply as { result: ScriptCoverage[] }).result) {
        const [, module] = /\/harness\/(.+)$/.exec(url) ?? [];
        if (module === undefined || module.startsWith('testing/')) continue;
        for (const { ranges } of functions) {
          const name = `${module}:${ranges[0].startOffset}`;
          const places = this.places.get(name) ?? new Set();
          this.places.set(name, places);
          for (const { startOffset } of ranges) places.add(startOffset);
          for (const place of places) if (countAt(ranges, place) > 0) ran.add(`${name}:${place}`);
        }
      }
    });
    return ran;
  }

  close(): void {
    this.session.disconnect();
  }
}
