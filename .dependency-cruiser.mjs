/**
 * The rooms of `harness/` stand on floors: a room imports only from lower floors or from itself (CONTRIBUTING.md).
 * Tests may import from anywhere. TypeScript is read by swc, since dependency-cruiser knows no TypeScript 7 and would then
 * see no module at all without saying so; `harness/testing/layout` counts what was seen.
 */
export const floors = [
  ['errors.ts', 'package-root.ts', 'host', 'config', 'cache-folder.ts', 'optional-module.ts', 'visible.ts'],
  ['machine', 'data'],
  ['wire', 'model'],
  ['measure'],
  ['emulator', 'record'],
  ['campaign'],
  ['verdict'],
  ['report'],
  ['train', 'farm'],
  ['library'],
  ['cli'],
];

/** Sub-folders that stand in an order: each imports only those left of it. */
export const orders = {
  wire: ['link', 'dut', 'flash', 'devices', 'labgrid'],
  model: ['tflite', 'golden', 'bundle', 'cascade', 'pack'],
};

const test = '\\.test\\.ts$';
const room = name => (name.endsWith('.ts') ? `^harness/${name.replace('.', '\\.')}$` : `^harness/${name}/`);
const any = names => names.map(room).join('|');

const upwards = floors
  .flatMap((rooms, floor) =>
    rooms.map(name => ({
      name: `no-arrow-upwards-from-${name.replace('.ts', '')}`,
      comment: `${name} imports only from lower floors or from itself`,
      severity: 'error',
      from: { path: room(name), pathNot: test },
      to: {
        path: any([
          ...floors.slice(floor + 1).flat(),
          ...(floor === 0 ? [] : rooms.filter(other => other !== name)),
        ]),
      },
    })),
  )
  .filter(rule => rule.to.path !== '');

const inOrder = Object.entries(orders).flatMap(([name, folders]) =>
  folders.slice(0, -1).map((folder, place) => ({
    name: `no-arrow-back-in-${name}-${folder}`,
    comment: `${name}/${folder} imports only ${folders.slice(0, place).join(', ') || 'itself'}`,
    severity: 'error',
    from: { path: `^harness/${name}/${folder}/`, pathNot: test },
    to: {
      path: folders
        .slice(place + 1)
        .map(other => `^harness/${name}/${other}/`)
        .join('|'),
    },
  })),
);

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'two modules that need each other are one, or need a third',
      severity: 'error',
      from: { path: '^harness/' },
      to: { circular: true },
    },
    ...upwards,
    ...inOrder,
    {
      name: 'front-door-is-for-others',
      comment: 'files directly in model/ join its folders, which know nothing of them',
      severity: 'error',
      from: { path: '^harness/model/[^/]+/', pathNot: test },
      to: { path: '^harness/model/[^/]+\\.ts$' },
    },
    {
      name: 'cli-uses-the-public-library',
      comment: 'the command line needs nothing that another program could not have: library/index.ts alone',
      severity: 'error',
      from: { path: '^harness/cli/', pathNot: test },
      to: {
        path: '^harness/',
        pathNot: '^harness/(cli/|library/index\\.ts$|errors\\.ts$|package-root\\.ts$|visible\\.ts$)',
      },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'fakes, generators and benchmarks are not part of the program',
      severity: 'error',
      from: { path: '^(harness|firmware)/', pathNot: `^harness/(testing|benchmarks)/|${test}` },
      to: { path: '^harness/(testing|benchmarks)/' },
    },
    {
      name: 'tests-are-imported-by-nobody',
      severity: 'error',
      from: {},
      to: { path: test },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
    exclude: { path: '^(dist|node_modules)/' },
  },
};
