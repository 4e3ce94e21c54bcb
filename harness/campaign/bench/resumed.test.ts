import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { isMlperfBench, loadMlperfBench } from '../mlperf/bench-file.js';
import { commandFixture } from '../open/known-load.js';
import { loadBench, type ResolvedBench } from './load.js';
import { knownLoadSchema } from './meter-schema.js';
import { resumedBench, resumedMlperfBench } from './resumed.js';

/** What the journal keeps of a bench. */
const journalled = (bench: object): Record<string, unknown> => JSON.parse(JSON.stringify(bench));

function refusal(bench: unknown, allowCommands = false): LittlefirstError | undefined {
  try {
    resumedBench(bench, allowCommands);
    return undefined;
  } catch (error) {
    if (error instanceof LittlefirstError) return error;
    throw error;
  }
}

describe('the bench of a resumed run', () => {
  let own: ResolvedBench;
  before(async () => {
    own = await loadBench(packagePath('fixtures', 'benches', 'default.yaml'));
  });

  it('is the bench that was read, for every shipped one', async () => {
    const folder = packagePath('fixtures', 'benches');
    for (const name of (await readdir(folder)).filter(file => file.endsWith('.yaml'))) {
      const file = join(folder, name);
      if (await isMlperfBench(file)) {
        const bench = await loadMlperfBench(file);
        expect(journalled(resumedMlperfBench(journalled(bench), true)), name).to.deep.equal(
          journalled(bench),
        );
        continue;
      }
      const bench = await loadBench(file);
      const again = resumedBench({ ...journalled(bench), models: '/models' }, true);
      expect(journalled(again.bench), name).to.deep.equal(journalled(bench));
      expect(again.models).to.equal('/models');
    }
  });

  it('keeps the address of a GDB server', () => {
    for (const address of [
      { host: 'lab', port: 3333 },
      { path: '/run/gdb' },
      { link: 'serial:/dev/ttyACM0' },
    ]) {
      const flasher = { tool: 'gdb-remote', address, server: 'openocd' };
      const { bench } = resumedBench({ ...journalled(own), flasher });
      expect(bench.flasher).to.deep.include({ address });
    }
  });

  const edits: [string, Record<string, unknown>, string][] = [
    ['a field that no bench has', { evil: true }, 'bench'],
    ['no boards', { duts: [] }, 'bench.duts'],
    ['a link that is none', { link: 7 }, 'bench.link'],
    ['bundles that are no list', { bundles: '/etc' }, 'bench.bundles'],
    ['data that are unknown', { data: { set: 'other' } }, 'bench.data.set'],
    ['a flasher of nonsense', { flasher: { tool: 'rm' } }, 'bench.flasher.tool'],
    ['a meter of nonsense', { meter: { driver: 'eye' } }, 'bench.meter.driver'],
    ['passes without end', { passes: 1e9 }, 'bench.passes'],
  ];
  for (const [name, edit, field] of edits)
    it(`is refused with ${name}`, () => {
      const error = refusal({ ...journalled(own), ...edit }, true);
      expect(error?.code).to.equal('LF_RUN_CORRUPT');
      expect(error?.detail.fields?.field).to.match(new RegExp(`^${field}`));
    });
  it('is refused where it is none at all', () => {
    for (const bench of [undefined, null, 7, 'x', []])
      expect(refusal(bench)?.code).to.equal('LF_RUN_CORRUPT');
  });

  const programs: [string, Record<string, unknown>][] = [
    ['a flasher that is a command', { flasher: { tool: 'command', write: 'touch /tmp/owned' } }],
    [
      'a flasher with a program of its own',
      { flasher: { tool: 'st-flash', serialNumber: 'x', command: '/tmp/evil' } },
    ],
    [
      'a flasher with a script',
      { flasher: { tool: 'openocd', serialNumber: 'x', files: [], commands: ['exec evil'] } },
    ],
    ['gdb', { flasher: { tool: 'gdb', address: 'lab:3333', command: '/tmp/evil' } }],
    ['a relay', { power: { by: 'command', on: 'evil on', off: 'evil off' } }],
    ['a hub', { power: { by: 'uhubctl', location: '1-1', port: 2, command: '/tmp/evil' } }],
    ['a known load', { meter: { driver: 'ppk2', knownLoad: { ohms: 330, connect: 'evil' } } }],
    [
      'a known load as words',
      { meter: { driver: 'ppk2', knownLoad: { ohms: 330, disconnect: ['evil', 'x'] } } },
    ],
    ['a bridge', { meter: { driver: 'joulescope', link: 'process:' } }],
  ];
  for (const [name, edit] of programs)
    it(`starts no program without leave: ${name}`, () => {
      const bench = { ...journalled(own), ...edit };
      const error = refusal(bench);
      expect(error?.code).to.equal('LF_USAGE');
      expect(error?.message).to.match(/--allow-commands/);
      expect(refusal(bench, true)).to.equal(undefined);
    });
});

describe('commands of a known load', () => {
  it('are words, not a line for a shell', () => {
    const load = (connect: unknown) => knownLoadSchema.safeParse({ ohms: 330, connect }).success;
    expect(load('relay on')).to.equal(true);
    expect(load(['relay', 'on; off'])).to.equal(true);
    for (const text of [
      'relay on; evil',
      'relay on && evil',
      'relay $(evil)',
      'relay `evil`',
      'relay > /etc/x',
      '',
      [],
    ])
      expect(load(text), JSON.stringify(text)).to.equal(false);
  });

  it('start the program itself, with each word one argument', async () => {
    const script = 'if (process.argv[1] !== "$HOME; exit 3") process.exit(1)';
    const connect = [process.execPath, '-e', script, '$HOME; exit 3'];
    const disconnect = [process.execPath, '-e', 'console.log("no relay"); process.exit(1)'];
    const fixture = commandFixture(knownLoadSchema.parse({ ohms: 330, connect, disconnect }));
    await fixture.connect();
    const error = await fixture.disconnect().catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'LF_METER_CHECK');
    expect(String(error)).to.match(/no relay/);
    const absent = commandFixture(
      knownLoadSchema.parse({ ohms: 330, connect: 'no-such-relay on', disconnect }),
    );
    expect(String(await absent.connect().catch((reason: unknown) => reason))).to.match(/ENOENT/);
  });
});
