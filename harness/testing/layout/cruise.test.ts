import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { type Cruise, complaints, cruiseProject, cruiseTree, readLayout } from './cruise.js';

/** A program in small that keeps the rules; a `.ts` name to what stands in it. */
const lawful: Record<string, string> = {
  'harness/errors.ts': 'export const errors = 1;',
  'harness/machine/machine.ts': "import '../errors.js'; export interface Machine { volts: number }",
  'harness/data/load.ts': 'export const load = 1;',
  'harness/wire/link/open.ts':
    "import type { Machine } from '../../machine/machine.js'; export type M = Machine;",
  'harness/wire/dut/client.ts': "import '../link/open.js'; import 'node:fs';",
  'harness/model/tflite/read.ts': 'export const read = 1;',
  'harness/model/pack/blob.ts': "import '../tflite/read.js';",
  'harness/model/load.ts': "import './tflite/read.js'; import './pack/blob.js';",
  'harness/measure/limits.ts': "import '../wire/dut/client.js';",
  'harness/campaign/campaign.ts': "import '../measure/limits.js'; import '../model/load.js';",
  'harness/campaign/campaign.test.ts':
    "import './campaign.js'; import '../testing/bench.js'; import '../cli/main.js';",
  'harness/library/index.ts': "export * from '../campaign/campaign.js';",
  'harness/cli/main.ts': "import '../library/index.js'; import '../errors.js';",
  'harness/testing/bench.ts': "import '../campaign/campaign.js';",
  'harness/benchmarks/kernels/main.ts': "import '../../testing/bench.js';",
  'firmware/tools/prebuilt.ts': "import '../../harness/model/pack/blob.js';",
};

const broken: { what: string; rule: string; from: string; statement: string; to: string }[] = [
  {
    what: 'an import from a higher floor',
    rule: 'no-arrow-upwards-from-wire',
    from: 'harness/wire/dut/client.ts',
    statement: "import '../../campaign/campaign.js';",
    to: 'harness/campaign/campaign.ts',
  },
  {
    what: 'an import from another room of the same floor',
    rule: 'no-arrow-upwards-from-machine',
    from: 'harness/machine/machine.ts',
    statement: "import '../data/load.js';",
    to: 'harness/data/load.ts',
  },
  {
    what: 'an upward import of types alone',
    rule: 'no-arrow-upwards-from-data',
    from: 'harness/data/load.ts',
    statement: "import type {} from '../cli/main.js';",
    to: 'harness/cli/main.ts',
  },
  {
    what: 'an upward import that waits until it is needed',
    rule: 'no-arrow-upwards-from-errors',
    from: 'harness/errors.ts',
    statement: "export const late = () => import('./measure/limits.js');",
    to: 'harness/measure/limits.ts',
  },
  {
    what: 'an upward export of what another file holds',
    rule: 'no-arrow-upwards-from-campaign',
    from: 'harness/campaign/campaign.ts',
    statement: "export * from '../cli/main.js';",
    to: 'harness/cli/main.ts',
  },
  {
    what: 'an import against the order of folders',
    rule: 'no-arrow-back-in-model-tflite',
    from: 'harness/model/tflite/read.ts',
    statement: "import '../pack/blob.js';",
    to: 'harness/model/pack/blob.ts',
  },
  {
    what: 'an import of a front door from behind it',
    rule: 'front-door-is-for-others',
    from: 'harness/model/pack/blob.ts',
    statement: "import '../load.js';",
    to: 'harness/model/load.ts',
  },
  {
    what: 'an import of the command line from behind the public library',
    rule: 'cli-uses-the-public-library',
    from: 'harness/cli/main.ts',
    statement: "import '../campaign/campaign.js';",
    to: 'harness/campaign/campaign.ts',
  },
  {
    what: "an import of the tests' helpers from the program",
    rule: 'testing-is-for-tests',
    from: 'harness/cli/main.ts',
    statement: "import '../testing/bench.js';",
    to: 'harness/testing/bench.ts',
  },
  {
    what: 'an import of a benchmark from the program',
    rule: 'testing-is-for-tests',
    from: 'harness/campaign/campaign.ts',
    statement: "import '../benchmarks/kernels/main.js';",
    to: 'harness/benchmarks/kernels/main.ts',
  },
  {
    what: "an import of the tests' helpers from the firmware's tools",
    rule: 'testing-is-for-tests',
    from: 'firmware/tools/prebuilt.ts',
    statement: "import '../../harness/testing/bench.js';",
    to: 'harness/testing/bench.ts',
  },
  {
    what: 'an import of a test',
    rule: 'tests-are-imported-by-nobody',
    from: 'harness/benchmarks/kernels/main.ts',
    statement: "import '../../campaign/campaign.test.js';",
    to: 'harness/campaign/campaign.test.ts',
  },
  {
    what: 'an import of a file that is not there',
    rule: 'resolvable',
    from: 'harness/cli/main.ts',
    statement: "import '../report/gone.js';",
    to: '../report/gone.js',
  },
];

describe('layout of the harness', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'littlefirst-layout-'));
    write({ ...lawful, 'tsconfig.json': '{}' });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  it('finds nothing wrong with a tree that keeps the rules', async () => {
    const { modules, violations } = await cruiseTree(folder);
    expect(modules.map(module => module.path)).to.have.members(Object.keys(lawful));
    expect(violations).to.deep.equal([]);
  });

  it('finds imports upwards, aside, back, through a front door, of helpers, of tests and of nothing', async () => {
    const statements = { ...lawful };
    for (const { from, statement } of broken) statements[from] += `\n${statement}`;
    write(statements);
    const { violations } = await cruiseTree(folder);
    for (const { what, rule, from, to } of broken)
      expect(violations, what).to.deep.include({ rule, from, to });
    const expected = broken.map(({ from, to }) => `${from} -> ${to}`);
    const others = violations.filter(({ from, to }) => !expected.includes(`${from} -> ${to}`));
    expect(others.filter(({ rule }) => rule !== 'no-circle')).to.deep.equal([]);
  });

  it('finds a circle of three, of which one import is of types alone', async () => {
    write({
      'harness/data/a.ts': "import './b.js';",
      'harness/data/b.ts': "import './c.js';",
      'harness/data/c.ts': "import type {} from './a.js';",
    });
    const { violations } = await cruiseTree(folder);
    expect(violations.map(({ rule }) => rule)).to.deep.equal(['no-circle']);
  });

  it('complains of a parser that sees no module, and of one that sees no imports', async () => {
    // What dependency-cruiser sees where no parser knows TypeScript: everything but that.
    const rules = join(folder, 'rules.mjs');
    const committed = pathToFileURL(packagePath('.dependency-cruiser.mjs')).href;
    writeFileSync(
      rules,
      `import rules from '${committed}';\n` +
        "export default { ...rules, options: { ...rules.options, exclude: '[.]ts$' } };",
    );
    const blind = await cruiseTree(folder, rules);
    expect(blind.violations).to.deep.equal([]);
    expect(complaints(blind).join('\n')).to.match(/^only 0 modules were seen.*options\.parser/);

    const module = { path: 'harness/errors.ts', imports: [] };
    expect(complaints({ modules: Array(500).fill(module), violations: [] })).to.deep.equal([
      'only 0 imports were seen in 500 modules: look at options.parser',
    ]);
  });

  it('names every broken rule, and passes what is whole', () => {
    const violation = { rule: 'no-circle', from: 'a.ts', to: 'b.ts' };
    const whole: Cruise = { modules: Array(300).fill({ path: 'a.ts', imports: ['b.ts'] }), violations: [] };
    expect(complaints(whole)).to.deep.equal([]);
    expect(complaints({ ...whole, violations: [violation] })).to.deep.equal(['no-circle: a.ts -> b.ts']);
    expect(complaints({ ...whole, modules: whole.modules.slice(1) })).to.have.length(1);
  });

  it('keeps the rules in this project, each of whose rooms stands on a floor', async () => {
    const seen = await cruiseProject();
    expect(complaints(seen)).to.deep.equal([]);
    const rooms = new Set(
      seen.modules
        .filter(({ path }) => path.startsWith('harness/') && !path.endsWith('.test.ts'))
        .map(({ path }) => path.split('/')[1]),
    );
    for (const room of [...(await readLayout()).floors.flat(), 'testing', 'benchmarks']) rooms.delete(room);
    expect([...rooms]).to.deep.equal([]);
  });
});
