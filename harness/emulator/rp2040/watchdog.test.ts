import { expect } from 'chai';
import { FirmwareBench, testLevels, testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { loadFirmware } from '../manifest.js';
import { addressOf } from './symbols.js';

const strategy = { kind: 'hold', name: 'big-only', big: 'big', gate: gates.none } as const;

describe('watchdog of the rp2040 firmware', function () {
  this.timeout(60_000);
  let bench: FirmwareBench;
  afterEach(() => bench.close());

  it('restarts a core that hangs in a command, and the next banner says why', async () => {
    const segments = testSegments(await testBundle([strategy]));
    const { entry } = loadFirmware('rp2040');
    const image = segments.find(({ address }) => address === entry.loadAddress)!;
    const at = (await addressOf('cascade_step')) - entry.loadAddress;
    new DataView(image.data.buffer, image.data.byteOffset).setUint16(at, 0xe7fe, true); // b .
    bench = await FirmwareBench.start(segments);
    expect(await bench.until('m-ready\r\n')).to.match(/^m-timestamp-mode-performance\r\n/);
    await bench.command('lf level 1');
    await bench.command('db load 4');
    await bench.command('db 01020304');
    await bench.machine.settle();
    const before = bench.events.at(-1)!.timeNs;
    bench.send('infer 1 1%');
    const text = await bench.until('m-init-done\r\nm-ready\r\n');
    expect(text).to.match(/^m-warmup-start-1\r\nm-reset-\[watchdog\]\r\nm-timestamp-mode-performance\r\n/);
    await bench.machine.settle();
    const reset = bench.events.findLast(({ kind }) => kind === 'reset')!;
    expect((reset.timeNs - before) / 1e9, 'seconds until the restart').to.be.within(8, 9);
    /* The watchdog left the 0.80 V of level 1, which must rise before the PLL starts: the board ends a run that is too fast for its voltage. */
    const after = bench.events.slice(bench.events.indexOf(reset));
    expect(after.filter(({ kind }) => kind === 'volts').map(({ value }) => value)).to.deep.equal([800, 1100]);
    expect(await bench.command('name')).to.equal('m-name-dut-[littlefirst-rp2040]\r\n');
  });

  it('leaves alone a core that waits for the host, or works for long', async () => {
    bench = await FirmwareBench.start(testSegments(await testBundle([strategy])));
    await bench.until('m-ready\r\n');
    await bench.command('lf level 1');
    await bench.command('db load 4');
    await bench.command('db 01020304');
    await bench.machine.settle();
    const before = bench.events.at(-1)!.timeNs;
    const reply = await bench.command('infer 170000 0');
    expect(reply).to.contain('m-infer-done').and.not.contain('m-reset');
    await bench.machine.settle();
    expect((bench.events.at(-1)!.timeNs - before) / 1e9, 'seconds of work').to.be.above(9);
    expect(bench.events.filter(({ kind }) => kind === 'reset')).to.have.length(1);
  });

  it('says nothing of a reset by the host, and names a restart by itself', async () => {
    bench = await FirmwareBench.start(testSegments());
    expect(await bench.until('m-ready\r\n')).to.not.contain('m-reset');
    await bench.machine.reset();
    expect(await bench.until('m-ready\r\n')).to.not.contain('m-reset');
  });
});

describe('levels that the rp2040 firmware refuses', () => {
  const cases: [what: string, registers: number[], isAllowed: boolean][] = [
    ['133 MHz at 1.10 V', [11, 133, 0x62, 1], true],
    ['200 MHz at 1.15 V', [12, 100, 0x61, 1], true],
    ['200 MHz at 1.10 V', [11, 100, 0x61, 1], false],
    ['150 MHz at 0.95 V', [8, 125, 0x52, 1], false],
    ['250 MHz at 1.30 V', [15, 125, 0x61, 1], false],
    ['a VCO of 720 MHz', [11, 60, 0x62, 1], false],
    ['a VCO of 1,620 MHz', [11, 135, 0x72, 1], false],
    ['a feedback divider of 15', [11, 15, 0x11, 1], false],
    ['a post divider of 0', [11, 125, 0x60, 1], false],
    ['a reference of 4 MHz', [11, 250, 0x62, 3], false],
    ['a voltage code below 0.80 V', [4, 125, 0x62, 1], false],
    ['12 MHz, which the UART cannot follow', [11, 63, 0x79, 1], false],
  ];

  it('are those outside the data sheet, by name of the reason and without a change', async function () {
    this.timeout(60_000);
    const { packBundle } = await import('../../model/pack/bundle.js');
    const { entry, segments } = loadFirmware('rp2040');
    const { blob } = packBundle(await testBundle([strategy]), {
      core: entry.core,
      levels: cases.map(([, registers], i) => ({ ...testLevels[0], name: `level${i}`, registers })),
      flashBytes: 65536,
      ramArenaBytes: entry.arenaBytes,
    });
    const bench = await FirmwareBench.start([...segments, { address: entry.blobAddress, data: blob }], {
      levelHz: cases.map(() => 133_000_000),
    });
    try {
      await bench.until('m-ready\r\n');
      for (const [i, [what, registers, isAllowed]] of cases.entries()) {
        await bench.command('lf level 0');
        const reply = await bench.command(`lf level ${i}`);
        if (isAllowed)
          expect(reply, what).to.contain(`reg=${registers.map(word => word.toString(16)).join(':')} `);
        else {
          expect(reply, what).to.match(/^e-\[lf,level,registers outside the limits of the chip\] /);
          expect(await bench.command('name'), what).to.contain('m-name-dut');
        }
      }
    } finally {
      await bench.close();
    }
  });
});
