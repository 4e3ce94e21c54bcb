import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';
import { mentions, missing, missingInComments, type Strangers } from './docs.js';
import { readLayout } from './layout/cruise.js';

const folders = ['.ci', '.github', 'bin', 'docs', 'firmware', 'fixtures', 'harness'];

const strangers: Strangers = {
  files: new Set([
    // Examples of a reader's own files, and files that runs and data sets bring along.
    ...[
      'bench.yaml',
      'my-bench.yaml',
      'mine.yaml',
      'comment.md',
      'BENCH.yaml',
      'starved.yaml',
      'bundle.yaml',
      'nightly.yaml',
      'worker.yaml',
      'report.md',
      'label.svg',
      'inspected.yaml',
    ],
    // A board of the reader's own.
    ...['board.c', 'port_config.h', 'image.ld', 'port.mk', 'ports/*/port.mk', 'board.yaml', 'chip.yaml'],
    // Files of others: MLPerf Tiny's runner, ST's headers and drivers.
    ...['tests*.yaml', 'tests_*.yaml', 'main.py', 'devices.yaml', 'stm32l4r5xx.h', 'stm32l4xx_ll_utils.c'],
  ]),
  folders: ['firmware/build', 'my-bundle/', 'boards/', 'reports/', 'uci-har/', 'hapt/', 'dist/'],
};

function below(folder: string): string[] {
  return readdirSync(packagePath(folder), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return path === 'firmware/build' ? [] : below(path);
  });
}

const files = new Set([
  ...folders.flatMap(below),
  ...readdirSync(packagePath(), { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name),
  'reports/README.md',
]);
const read = (path: string) => readFileSync(packagePath(path), 'utf8');
const rowsOf = (text: string, floor: number) =>
  text.split('\n').filter(row => row.startsWith(`| ${floor} |`));
const pages = [...files].filter(path => path.endsWith('.md'));

describe("the project's documentation", () => {
  for (const page of pages)
    it(`${page} speaks of files that exist`, () => {
      const folder = posix.dirname(page).replace(/^\.$/, '');
      expect(missing(read(page), folder, files, strangers)).to.deep.equal([]);
    });

  it('speaks in comments of TypeScript files that exist', () => {
    const wrong = [...files]
      .filter(path => /\.(ts|mjs|c|h|S|py|yaml|mk)$/.test(path))
      .flatMap(path => missingInComments(read(path), files).map(name => `${path}: ${name}`));
    expect(wrong).to.deep.equal([]);
  });

  it('has a README in every room', () => {
    const rooms = readdirSync(packagePath('harness'), { withFileTypes: true }).filter(entry =>
      entry.isDirectory(),
    );
    const bare = rooms.filter(({ name }) => !files.has(`harness/${name}/README.md`));
    expect(bare.map(({ name }) => name)).to.deep.equal([]);
  });

  it('tells the floors of every room as the rules do', async () => {
    const { floors, orders } = await readLayout();
    const contributing = read('CONTRIBUTING.md');
    const overview = read('harness/README.md');
    for (const [floor, rooms] of floors.entries())
      for (const room of rooms) {
        if (room.endsWith('.ts')) {
          for (const row of [contributing, overview].map(text => rowsOf(text, floor)))
            expect(row.join()).to.include(room);
          continue;
        }
        const order = orders[room]?.map(folder => `\`${folder}\``).join(' < ') ?? '';
        expect(contributing).to.include(`\n| ${floor} | \`${room}\` | ${order}`);
        expect(overview).to.include(`\n| ${floor} | \`${room}/\` |`);
      }
  });

  it('gives a reason for every dependency and for nothing else', () => {
    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(
      read('package.json'),
    ) as Record<string, Record<string, string> | undefined>;
    const needed = [dependencies, optionalDependencies, peerDependencies, devDependencies]
      .flatMap(group => Object.keys(group ?? {}))
      .map(name => name.replace(/^@types\/.*/, '@types/*'));
    const table = /## Dependencies[^|]*([\s\S]*)/.exec(read('CONTRIBUTING.md'))![1];
    const explained = table
      .split('\n')
      .flatMap(row => [...(row.split('|')[1]?.matchAll(/`([^`]+)`/g) ?? [])].map(([, name]) => name));
    expect([...new Set(explained)]).to.have.members([...new Set(needed)]);
  });

  it('excepts no name that no page mentions', () => {
    const said = pages.flatMap(page => mentions(read(page)).map(({ name }) => name));
    expect([...strangers.files].filter(name => !said.includes(name))).to.deep.equal([]);
    expect(strangers.folders.filter(folder => !said.some(name => name.startsWith(folder)))).to.deep.equal([]);
  });
});

describe('the check of the documentation', () => {
  const tree = new Set([
    'README.md',
    'harness/wire/link/open.ts',
    'harness/wire/link/url.ts',
    'firmware/core/nn.c',
  ]);
  const check = (text: string, folder = 'harness/wire') =>
    missing(text, folder, tree, { files: new Set(['my.yaml']), folders: ['firmware/build'] });

  it('finds files and folders that are gone, with their lines', () => {
    expect(
      check('`link/close.ts` and\n`harness/wire/dut/`, (see url.ts), harness/link,\n[x](../core.md)'),
    ).to.deep.equal([
      'link/close.ts (1)',
      'harness/wire/dut/ (2)',
      'url.ts (2)',
      'harness/link (2)',
      '../core.md (3)',
    ]);
    expect(check('`link/{open,shut}.ts`, `link/u*.h`, `firmware/core/**/*.S`')).to.deep.equal([
      'link/shut.ts (1)',
      'link/u*.h (1)',
      'firmware/core/**/*.S (1)',
    ]);
  });

  it('lets pass what exists beside the page or from the top, strangers and addresses', () => {
    const text =
      '`link/open.ts`, `link/`, harness/wire/link/{open,url}.ts. `harness/**/*.ts`, `firmware/core`';
    expect(
      check(`${text}, my.yaml, firmware/build/x.ld, https://a.org/b/c.md, ../../README.md`),
    ).to.deep.equal([]);
  });

  it('finds names in comments that no file ends in', () => {
    const source =
      "// see shut.ts\nimport './gone.js';\n * `link/open.ts`, `dut/open.ts`\nconst name = 'x.ts';";
    expect(missingInComments(source, tree)).to.deep.equal(['shut.ts (1)', 'dut/open.ts (3)']);
  });
});
