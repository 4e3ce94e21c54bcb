import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { drawHouse } from './draw.js';
import { drawProject } from './picture.js';
import { directImports, houseOf } from './rooms.js';

const floors = [['errors.ts'], ['data', 'machine'], ['wire'], ['cli'], ['testing']];
const modules = [
  { path: 'harness/errors.ts', imports: [] },
  { path: 'harness/machine/machine.ts', imports: ['harness/errors.ts'] },
  { path: 'harness/data/load.ts', imports: ['node_modules/zod/index.js'] },
  { path: 'harness/wire/link/open.ts', imports: ['harness/machine/machine.ts', 'harness/wire/link/url.ts'] },
  { path: 'harness/wire/link/url.ts', imports: ['harness/errors.ts'] },
  { path: 'harness/wire/link/url.test.ts', imports: ['harness/testing/bench.ts'] },
  {
    path: 'harness/cli/main.ts',
    imports: ['harness/machine/machine.ts', 'harness/data/load.ts', 'harness/wire/link/open.ts'],
  },
  { path: 'harness/testing/bench.ts', imports: ['harness/cli/main.ts'] },
  { path: 'firmware/tools/prebuilt.ts', imports: ['harness/wire/link/open.ts'] },
];

describe('picture of the rooms', function () {
  this.timeout(120_000);

  it('counts source files and gathers imports, tests and other folders left out', () => {
    expect(houseOf(modules, floors).floors).to.deep.equal([
      [{ name: 'errors.ts', modules: 1, imports: [] }],
      [
        { name: 'data', modules: 1, imports: [] },
        { name: 'machine', modules: 1, imports: ['errors.ts'] },
      ],
      [{ name: 'wire', modules: 2, imports: ['machine', 'errors.ts'] }],
      [{ name: 'cli', modules: 1, imports: ['wire', 'machine', 'data'] }],
      [{ name: 'testing', modules: 1, imports: ['cli'] }],
    ]);
  });

  it('keeps the arrows that no longer way implies', () => {
    const rooms = houseOf(modules, floors).floors.flat();
    expect(directImports(rooms)).to.have.deep.members([
      ['machine', 'errors.ts'],
      ['wire', 'machine'],
      ['cli', 'wire'],
      ['cli', 'data'],
      ['testing', 'cli'],
    ]);
  });

  it('draws a box a room, a number a floor and an arrow a direct import, the same from any order of modules', () => {
    const svg = drawHouse(houseOf(modules, floors), ['testing']);
    expect(svg.match(/class="room( apart)?"/g)).to.have.length(6);
    expect(svg.match(/class="arrow"/g)).to.have.length(3);
    expect(svg)
      .to.include('>imports wire, machine, data<')
      .and.to.include('>2 modules<')
      .and.to.include('>4<');
    expect(drawHouse(houseOf([...modules].reverse(), floors), ['testing'])).to.equal(svg);
  });

  it('is current in docs/layout.svg: npm run docs:layout', async () => {
    const { svg } = await drawProject();
    expect(
      readFileSync(packagePath('docs', 'layout.svg'), 'utf8') === svg,
      'run npm run docs:layout',
    ).to.equal(true);
  });
});
