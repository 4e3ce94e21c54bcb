import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { shippedBundles } from '../library/index.js';
import { littlefirst } from '../testing/cli.js';

const bench = `schema: littlefirst.bench/1
name: mine
board: rp2040
bundles: [${join(shippedBundles, 'paper')}]
strategies: [big-only, 1B6S]
levels: [133MHz]
data: { set: synthetic, windows: 20 }
meter: { driver: ppk2 }
`;
const target = (text: string) => `targets:\n  - { name: t, ${text} }\n`;

/** A bench file with one line changed, or lines added; what the message must hold: place, expectation, what came. */
const cases: readonly [name: string, change: [from: string, to: string] | string, message: RegExp][] = [
  [
    'a misspelt key',
    ['levels:', 'levles:'],
    /line 6, column 1, levles: no key "levles": did you mean "levels"/,
  ],
  ['a key of another time', 'boards: x\n', /line 9, column 1, boards: no key "boards"/],
  [
    'a misspelt key inside',
    ['windows: 20', 'window: 20'],
    /line 7, column 25, data\.window: .*did you mean "windows"/,
  ],
  [
    'a misspelt key of the meter',
    ['driver: ppk2', 'driver: ppk2, sampleRate: 5'],
    /meter\.sampleRate: .*"sampleRateHz"/,
  ],
  [
    'a misspelt key of a target',
    target('metric: accuracy, atleast: 0.9'),
    /targets\[0\]\.atleast: .*did you mean "atLeast"/,
  ],
  ['two unknown keys', 'foo: 1\nbar: 2\n', /line 9[\s\S]*foo[\s\S]*line 10[\s\S]*bar/],
  [
    'a level that is a number',
    ['[133MHz]', '[133]'],
    /line 6, column 10, levels\[0\]: the name of a level, e\.g\. 133MHz.*"133"[\s\S]*received: .*133/,
  ],
  ['a level that is no list', ['[133MHz]', '133MHz'], /levels: all or a list[\s\S]*received: .*"133MHz"/],
  ['an empty list of levels', ['[133MHz]', '[]'], /levels: (all or )?a list of at least 1/],
  ['levels misspelt', ['[133MHz]', '[134MHz]'], /LF_UNKNOWN_LEVEL[\s\S]*133MHz/],
  [
    'a number of windows in words',
    ['windows: 20', 'windows: many'],
    /data\.windows: all or a (whole )?number[\s\S]*"many"/,
  ],
  ['a broken number of windows', ['windows: 20', 'windows: 2.5'], /data\.windows: all or a whole number/],
  ['no windows', ['windows: 20', 'windows: 0'], /data\.windows: .*a number above 0/],
  ['negative windows', ['windows: 20', 'windows: -3'], /data\.windows: .*a number above 0/],
  [
    'an unknown data set',
    ['set: synthetic', 'set: mnist'],
    /data\.set: uci-har, hapt, synthetic, or the folder/,
  ],
  ['a misspelt data set', ['set: synthetic', 'set: sinthetic'], /data\.set: .*synthetic[\s\S]*"sinthetic"/],
  ['no data set', ['set: synthetic, ', ''], /data\.set: .*it is missing/],
  ['no data', ['data: { set: synthetic, windows: 20 }\n', ''], /data: a block of keys; it is missing/],
  [
    'data as text',
    ['{ set: synthetic, windows: 20 }', 'synthetic'],
    /data: a block of keys[\s\S]*"synthetic"/,
  ],
  ['an unknown order', ['windows: 20', 'order: random'], /data\.order: one of published, chronological/],
  ['a bare port', 'link: ttyACM0\nflasher: none\n', /link: serial:.*did you mean "serial:\/dev\/ttyACM0"/],
  ['a port of Windows', 'link: COM3\nflasher: none\n', /did you mean "serial:COM3"/],
  ['an address without its kind', 'link: farm:4000\nflasher: none\n', /did you mean "tcp:farm:4000"/],
  ['a port that is none', 'link: tcp:farm:99999\nflasher: none\n', /LF_CONFIG_INVALID[\s\S]*tcp:host:port/],
  [
    'a baud rate in words',
    'link: serial:/dev/ttyS0?baud=fast\nflasher: none\n',
    /LF_CONFIG_INVALID[\s\S]*baud=115200/,
  ],
  [
    'a real link without a flasher',
    'link: serial:/dev/ttyS0\n',
    /flasher: a flasher for a real board: none where/,
  ],
  ['link and device', 'link: "emulated:"\ndevice: { serialNumber: 1 }\n', /either link or device/],
  ['an unknown flasher', 'flasher: magic\n', /flasher: one of auto, none/],
  ['an unknown tool', 'flasher: { tool: magic }\n', /flasher.*: .*known kinds|flasher.*tool/],
  [
    'a flasher without a probe',
    'flasher: { tool: st-flash }\n',
    /flasher\.serialNumber: text; it is missing/,
  ],
  ['an unknown meter', ['driver: ppk2', 'driver: ppk3'], /meter\.driver: one of .*did you mean "ppk2"/],
  [
    'a rate with its unit',
    ['driver: ppk2', 'driver: ppk2, sampleRateHz: 100 kHz'],
    /meter\.sampleRateHz: a number: write 100000, without the unit[\s\S]*"100 kHz"/,
  ],
  [
    'a voltage with its unit',
    ['driver: ppk2', 'driver: ppk2, supplyMillivolts: 3.3 V'],
    /supplyMillivolts: a number: write 3300/,
  ],
  ['a time with its unit', 'guardMicroseconds: 1 ms\n', /guardMicroseconds: a (whole )?number: write 1000/],
  ['a temperature in words', 'ambientCelsius: warm\n', /ambientCelsius: a number[\s\S]*"warm"/],
  ['a temperature of a furnace', 'ambientCelsius: 900\n', /ambientCelsius: a number up to 125/],
  ['a guard that is too short', 'guardMicroseconds: 1\n', /guardMicroseconds: a number from 20 up/],
  ['an odd number of passes', 'passes: 3\n', /passes: 1 or an even number/],
  ['three pins', ['driver: ppk2', 'driver: ppk2, pins: [0, 1, 2]'], /meter\.pins: a list of at most 2/],
  [
    'a pin that no meter has',
    ['driver: ppk2', 'driver: ppk2, pins: [0, 9]'],
    /meter\.pins\[1\]: a number up to 7/,
  ],
  [
    'an error that the instrument cannot make',
    ['driver: ppk2', 'driver: ppk2, errors: { gian: 0.1 }'],
    /meter\.errors\.gian: .*"gain"/,
  ],
  [
    'a limit with its unit',
    target('metric: energy-per-window, atMost: 5 uJ'),
    /targets\[0\]\.atMost: a number: write 5, without the unit[\s\S]*"5 uJ"/,
  ],
  [
    'a limit in a larger unit',
    target('metric: energy-per-window, atMost: 0.5 mJ'),
    /targets\[0\]\.atMost: a number: write 500, without the unit/,
  ],
  [
    'a latency in seconds',
    target('metric: latency-max, atMost: 1.28 s'),
    /targets\[0\]\.atMost: a number: write 1280, without the unit/,
  ],
  ['a power in milliwatts', target('metric: average-power, atMost: 2 mW'), /atMost: a number: write 2000/],
  [
    'days in hours',
    target('metric: battery-days, battery: CR2032, atLeast: 48 h'),
    /atLeast: a number: write 2,/,
  ],
  ['a temperature with its unit', 'ambientCelsius: 25 °C\n', /ambientCelsius: a number: write 25,/],
  [
    'a limit in per cent',
    target('metric: accuracy, atLeast: 97 %'),
    /targets\[0\]\.atLeast: a number: write 0\.97 for 97 %/,
  ],
  [
    'a share as per cent',
    target('metric: accuracy, atLeast: 97'),
    /targets\[0\]\.atLeast: a share from -1 to 1: write 0\.97 for 97 %/,
  ],
  ['a saving as per cent', target('metric: energy-saving, atLeast: 80'), /write 0\.8 for 80 %/],
  ['a limit in quotes', target('metric: accuracy, atLeast: "0.9"'), /write 0\.9 without quotes/],
  ['no limit', target('metric: accuracy'), /exactly one of atLeast and atMost/],
  ['two limits', target('metric: accuracy, atLeast: 0.1, atMost: 0.9'), /exactly one of atLeast and atMost/],
  ['an unknown metric', target('metric: acuracy, atLeast: 0.9'), /metric: one of .*did you mean "accuracy"/],
  ['days of no battery', target('metric: battery-days, atLeast: 9'), /a battery belongs to battery-days/],
  [
    'a target for a strategy that is not run',
    target('metric: accuracy, strategies: [1B6D], atLeast: 0.5'),
    /LF_UNKNOWN_TARGET[\s\S]*did you mean "1B6S"/,
  ],
  ['an unknown battery', 'batteries: [AAA]\n', /batteries\[0\]: one of/],
  ['an unknown board', ['board: rp2040', 'board: rp2041'], /LF_UNKNOWN_BOARD[\s\S]*rp2040/],
  ['no board', ['board: rp2040\n', ''], /exactly one of board and duts/],
  ['board and duts', 'duts: [{ board: rp2040 }]\n', /exactly one of board and duts/],
  ['an unknown chip', 'chip: z80\n', /LF_UNKNOWN_CHIP/],
  ['a bundle that is not there', [join(shippedBundles, 'paper'), 'nowhere'], /LF_BUNDLE_INVALID/],
  ['no bundles', [`[${join(shippedBundles, 'paper')}]`, '[]'], /bundles: a list of at least 1/],
  ['an unknown strategy', ['1B6S', '1B7S'], /LF_UNKNOWN_STRATEGY[\s\S]*1B6S/],
  ['an empty name', ['name: mine', 'name: ""'], /name: text that is not empty/],
  ['a name that is a number', ['name: mine', 'name: 5'], /name: text; numbers are written in quotes: "5"/],
  [
    'another schema',
    ['littlefirst.bench/1', 'littlefirst.bench/9'],
    /line 1, column 9, schema: littlefirst\.bench\/1/,
  ],
  ['no schema', ['schema: littlefirst.bench/1\n', ''], /schema: littlefirst\.bench\/1; it is missing/],
  ['no YAML', '  - : [\n', /LF_CONFIG_INVALID.*is not YAML[\s\S]*line \d+/],
  ['a list', ['schema: littlefirst.bench/1\n', '- a\n'], /is not (YAML|usable)/],
];

describe('a bench file with a mistake is refused before any board is opened:', function () {
  this.timeout(120_000);
  let cwd: string;
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-bad-'));
  });

  it('but not without one', async () => {
    await writeFile(join(cwd, 'good.yaml'), bench);
    const planned = await littlefirst(cwd, 'run', 'good.yaml', '--plan');
    expect(planned.code, planned.err).to.equal(0);
  });

  for (const [name, change, message] of cases)
    it(name, async () => {
      const text = typeof change === 'string' ? bench + change : bench.replace(...change);
      expect(text).to.not.equal(bench);
      await writeFile(join(cwd, 'bench.yaml'), text);
      const { code, err } = await littlefirst(cwd, 'run', 'bench.yaml');
      expect(err).to.match(message);
      expect(err).to.not.match(/Invalid input|Invalid option|Too (big|small)|Unrecognized key|LF_INTERNAL/);
      expect(code).to.equal(4);
      expect(existsSync(join(cwd, 'reports'))).to.equal(false);
    });

  it('of more than sixty kinds', () => {
    expect(cases.length).to.be.at.least(60);
  });
});
