import { expect } from 'chai';
import { checked } from '../../testing/dut/lines.js';
import { banner, help, withoutTimes } from '../../testing/dut/mlperf.js';
import { FirmwareBench, testLevels, testSegments } from '../../testing/dut/rp2040.js';
import { failure } from '../../testing/failure.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { loadFirmware } from '../manifest.js';

describe('rp2040 firmware on the emulator', () => {
  let bench: FirmwareBench;

  before(async () => {
    const strategies: Parameters<typeof testBundle>[0] = [
      { kind: 'hold', name: 'big-only', big: 'big', gate: gates.none },
      { kind: 'hold', name: '1BDD', big: 'big', gate: { ...gates.distance, channels: [1] } },
    ];
    bench = await FirmwareBench.start(testSegments(await testBundle(strategies)));
  });
  after(() => bench.close());

  it('should say the boot banner of the MLPerf Tiny performance regime', async () => {
    expect(withoutTimes(await bench.until('m-ready\r\n'))).to.equal(banner);
  });

  const transcript: [command: string, reply: string][] = [
    ['name', 'm-name-dut-[littlefirst-rp2040]\r\n'],
    ['\r\nprofile', 'm-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[test]\r\n'],
    ['help', help],
    ['timestamp', 'm-lap-us-T\r\n'],
    ['results', 'm-results-[0.000,0.000,0.000]\r\n'],
    ['nonsense 1 2', 'e-[Unknown command: nonsense]\r\n'],
    ['', 'e-[Unknown command: ]\r\n'],
    ['x'.repeat(300), 'e-[Command too long]\r\n'],
    ['db', "e-[Command 'db' requires a subcommand]\r\n"],
    ['db load', "e-[Command 'db load' requires the # of bytes]\r\n"],
    ['db load 0', "e-[Command 'db load' must be >0 bytes]\r\n"],
    ['db load x', "e-[Command 'db load' must be >0 bytes]\r\n"],
    ['db load 5', 'Supplied buffer size 5 exceeds maximum of 4\n'],
    ['infer 1 0', 'e-[Input holds 0 of 4 bytes]\r\n'],
    ['db load 4', 'm-[Expecting 4 bytes]\r\n'],
    ['db 123', 'e-[Insufficent number of hex digits]\r\n'],
    ['db 1g', "e-[Invalid hex digit '1g']\r\n"],
    ['db 01', ''],
    ['db 7F00FEAA', 'm-load-done\r\n'],
    ['db print', 'm-buffer-01-7f-00-fe\r\n\r\n'],
    ['infer 0', 'e-[Inference iterations must be >0]\r\n'],
    ['infer 1 -1', 'e-[Inference warmup must be >=0]\r\n'],
    [
      'infer 3 1',
      'm-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-3\r\nm-lap-us-T\r\nm-lap-us-T\r\nm-infer-done\r\nm-results-[0.000,1.000,0.000]\r\n',
    ],
    ['results', 'm-results-[0.000,1.000,0.000]\r\n'],
  ];
  it('should answer the MLPerf Tiny commands byte for byte', async () => {
    for (const [command, reply] of transcript) {
      expect(withoutTimes(await bench.command(command)), command).to.equal(reply);
    }
  });

  it('should identify image, blob and window format, and echo the nonce', async () => {
    const { entry } = loadFirmware('rp2040');
    const [line] = checked(await bench.command('lf id 0badcafe'));
    expect(line.replace(/blob=[0-9a-f]{16}/, 'blob=B')).to.equal(
      `m-lf-id nonce=0badcafe protocol=2 board=rp2040 image=${entry.sha256.slice(0, 16)} blob=B bundle=test ` +
        'flash=2097152 ram=270336 dtype=int8 channels=2 samples=2 bytes=4 strategies=big-only,1BDD cyclecounter=1 ' +
        'reset=- since=0badcafe',
    );
  });

  it('should tell the nonce of the first question until it starts anew', async () => {
    const since = async (nonce: string) =>
      / since=(\S+)/.exec(checked(await bench.command(`lf id ${nonce}`))[0])?.[1];
    const restart = async () => {
      await bench.machine.reset();
      await bench.until('m-init-done\r\nm-ready\r\n');
    };
    await restart();
    expect([await since('1'), await since('0123456789abcdef')]).to.deep.equal(['1', '1']);
    await restart();
    expect([await since('0123456789abcdef'), await since('2')]).to.deep.equal([
      '0123456789abcdef',
      '0123456789abcdef',
    ]);
  });

  it('should set a level, read it back from the registers and keep the line alive', async () => {
    expect(checked(await bench.command('lf levels'))).to.deep.equal([
      'm-lf-levels count=2',
      'm-lf-leveldef n=0 name=133MHz mv=1100 hz=133000000',
      'm-lf-leveldef n=1 name=24MHz mv=800 hz=24000000',
    ]);
    for (const n of [1, 0, 1]) {
      const { millivolts, hertz, registers } = testLevels[n];
      const words = registers.map(word => word.toString(16)).join(':');
      expect(checked(await bench.command(`lf level ${n}`))).to.deep.equal([
        `m-lf-level n=${n} mv=${millivolts} hz=${hertz} reg=${words}`,
      ]);
    }
    await bench.machine.settle();
    expect(bench.events.filter(({ kind }) => kind === 'level').map(({ value }) => value)).to.deep.equal([
      1, 0, 1,
    ]);
  });

  it('should run cycles at the frequency of the level in virtual time', async () => {
    await bench.command('lf level 1');
    await bench.machine.settle();
    bench.events.length = 0;
    await bench.command('name');
    await bench.machine.settle();
    const [rise, fall] = bench.events.filter(({ kind }) => kind === 'marker');
    expect([rise.value, fall.value]).to.deep.equal([3, 0]);
    expect(fall.timeNs - rise.timeNs).to.be.closeTo(((fall.cycles - rise.cycles) * 1e9) / 24e6, 0.01);
  });

  it('should refuse what it cannot do with an error that carries a checksum', async () => {
    const refusals = [
      ['lf', 'e-[lf,usage,lf <verb>]'],
      ['lf fly', 'e-[lf,usage,unknown verb]'],
      ['lf id', 'e-[lf,usage,lf id <1 to 16 hex digits>]'],
      ['lf id 12345678901234567', 'e-[lf,usage,lf id <1 to 16 hex digits>]'],
      ['lf level 2', 'e-[lf,range,no such level]'],
      ['lf level x', 'e-[lf,usage,lf level <n>]'],
      ['lf strategy 2B', 'e-[lf,range,no such strategy]'],
      ['lf strategy big-only 3', 'e-[lf,range,parameter not taken or out of range]'],
      ['lf strategy 1BDD 4294967296', 'e-[lf,usage,the parameter is a decimal number]'],
      ['lf loop 3', 'e-[lf,state,needs loaded slots]'],
      ['lf load 1', 'e-[lf,range,slots are loaded in order]'],
      ['lf guard 99999999', 'e-[lf,usage,lf guard <0 to 10000000 us>]'],
    ];
    for (const [command, reply] of refusals) {
      expect(checked(await bench.command(command)), command).to.deep.equal([reply]);
    }
    expect(checked(await bench.command('lf strategy 1BDD 4294967295'))).to.deep.equal([
      'm-lf-strategy name=1BDD parameter=4294967295',
    ]);
  });

  it('should switch to the MLPerf Tiny energy regime and back', async () => {
    const energy = 'm-timestamp-mode-energy\r\nm-init-done\r\nm-ready\r\n';
    expect(checked(await bench.command('lf regime energy'))).to.deep.equal([
      'm-lf-regime name=energy baud=9600',
    ]);
    expect(await bench.until('m-ready\r\n')).to.equal(energy);
    expect(await bench.command('timestamp')).to.equal('');
    await bench.command('lf regime performance');
    await bench.until('m-ready\r\n');
  });
});

describe('rp2040 machine', () => {
  it('should refuse a blob that is damaged, and say so', async () => {
    const segments = testSegments(
      await testBundle([{ kind: 'hold', name: 's', big: 'big', gate: gates.none }]),
    );
    segments[1].data[100] ^= 1;
    const bench = await FirmwareBench.start(segments);
    try {
      await bench.until('m-ready\r\n');
      expect(await bench.command('lf id 1')).to.contain(' blob=- bundle=- ');
      expect(checked(await bench.command('lf stream'))).to.deep.equal(['e-[lf,blob,bundle refused]']);
    } finally {
      await bench.close();
    }
  });

  it('should read back what was loaded, and refuse addresses without memory', async () => {
    const bench = await FirmwareBench.start(testSegments());
    try {
      const [{ address, data }] = testSegments();
      expect(Buffer.from(await bench.machine.read(address, data.length)).equals(data)).to.equal(true);
      await failure(bench.machine.read(0x10200000, 1), 'LF_EMULATOR_FAILED');
    } finally {
      await bench.close();
    }
  });

  it('should report a fault of the firmware with its program counter', async () => {
    const segments = testSegments();
    const view = new DataView(segments[0].data.buffer);
    const start = (view.getUint32(0x104, true) & ~1) - 0x10000000;
    view.setUint16(start, 0xde00, true);
    const bench = await FirmwareBench.start(segments);
    try {
      const error = await failure(bench.until('m-ready'), 'LF_EMULATOR_FAILED');
      expect(error.detail.fields).to.include({ programCounter: 0x10000000 + start });
    } finally {
      await bench.close();
    }
  });

  it('should boot again after a reset and after a power cycle', async () => {
    const bench = await FirmwareBench.start(testSegments());
    try {
      await bench.until('m-ready\r\n');
      await bench.machine.reset();
      await bench.until('m-init-done\r\nm-ready\r\n');
      await bench.machine.power(false);
      await bench.machine.power(true);
      await bench.until('m-init-done\r\nm-ready\r\n');
      await bench.machine.settle();
      expect(bench.events.filter(({ kind }) => kind === 'reset')).to.have.length(3);
      const times = bench.events.map(({ timeNs }) => timeNs);
      expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    } finally {
      await bench.close();
    }
  });
});
