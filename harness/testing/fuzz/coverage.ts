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

/** Block coverage of the program's own modules, as V8 counts it (Chrome DevTools protocol, Profiler.startPreciseCoverage). */
export class Coverage {
  private readonly session = new Session();

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
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges)
            if (count > 0) ran.add(`${module}:${startOffset}-${endOffset}`);
      }
    });
    return ran;
  }

  close(): void {
    this.session.disconnect();
  }
}
