import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { loadFirmware } from '../../../emulator/manifest.js';
import { createQemuMachine } from '../../../emulator/qemu/machine.js';
import { LittlefirstError } from '../../../errors.js';
import { failure } from '../../../testing/failure.js';
import { DutClient } from '../../dut/client.js';
import { closeLink, openLink } from '../../link/open.js';
import { createExternalFlasher, type ExternalFlasherConfig, externalFlasherSchema } from '../config.js';
import { segmentsToUf2, uf2Families } from '../uf2.js';
import { picotoolRecipe } from './loaders.js';
import { jLinkRecipe } from './probes.js';
import { judgeTool, lastLines } from './run.js';

const image = { address: 0x0800_0000, data: Uint8Array.from({ length: 700 }, (_, i) => (i * 37) & 0xff) };
const blob = { address: 0x0804_0000, data: Uint8Array.from({ length: 300 }, (_, i) => (i * 11) & 0xff) };

const present = new Set<string>();
for (const tool of ['openocd', 'st-flash', 'dfu-util', 'gdb-multiarch', 'qemu-system-arm'])
  if ((await execa(tool, ['--version'], { reject: false })).code !== 'ENOENT') present.add(tool);

describe('external flashers', () => {
  let folder: string;
  let log: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lf-tools-'));
    log = join(folder, 'calls');
  });
  beforeEach(() => writeFile(log, ''));
  after(() => rm(folder, { recursive: true }));

  /** A program that notes how it was called, prints what the real tool printed, and ends as it did. */
  async function standIn(name: string, output: string, status: number, then = ''): Promise<string> {
    const path = join(folder, name);
    await writeFile(`${path}.out`, output);
    await writeFile(
      path,
      `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\ncat '${path}.out'\n${then}\nexit ${status}\n`,
    );
    await chmod(path, 0o755);
    return path;
  }
  const calls = async (): Promise<string[]> =>
    (await readFile(log, 'utf8')).split('\n').filter(line => line !== '');
  const create = (config: unknown) =>
    createExternalFlasher(externalFlasherSchema.parse(config) as ExternalFlasherConfig);
  const withCommand = (config: object, command: string) => create({ ...config, command });

  /* Recorded here: OpenOCD, st-flash and dfu-util. The others' texts: see the sources named at each recipe. */
  const probe = { serialNumber: '0667FF3031' };
  const tools = [
    {
      config: { tool: 'openocd', ...probe, files: ['interface/stlink.cfg', 'target/stm32l4x.cfg'] },
      good: 'wrote 700 bytes from file image.bin in 0.1s (6.8 KiB/s)\nverified 700 bytes in 0.01s (68 KiB/s)\nverified 300 bytes in 0.01s (68 KiB/s)\n',
      selects: '-c adapter serial 0667FF3031',
      absent: 'Error: open failed\n',
      mismatch:
        'Error: checksum mismatch - attempting binary compare\ndiff 0 address 0x08000000. Was 0x00 instead of 0x20\n',
      verified: 'checksum',
    },
    {
      config: { tool: 'probe-rs', ...probe, chip: 'STM32L4R5ZITx', vendorProduct: '0483:374b' },
      good: '      Erasing ✔\n  Programming ✔\n    Verifying ✔\n     Finished in 1.71s\n',
      selects: '--probe 0483:374b:0667FF3031',
      absent: 'Error: No connected probes were found.\n',
      mismatch:
        "Error: The flashing procedure failed for 'image.bin'.\n\nCaused by:\n    Flash content verification failed.\n",
      verified: 'readback',
    },
    {
      config: { tool: 'jlink', ...probe, device: 'STM32L4R5ZI' },
      good: `Connecting to J-Link via USB...O.K.
J-Link: Flash download: Bank 0 @ 0x08000000: 1 range affected (131072 bytes)
J-Link: Flash download: Program speed: 391 KB/s
O.K.
${'Loading binary file image.bin\nReading 700 bytes data from target memory @ 0x08000000.\nVerify successful.\n'.repeat(2)}
Script processing completed.
`,
      selects: '-USB 0667FF3031',
      absent: 'Connecting to J-Link via USB...FAILED: Cannot connect to J-Link.\n',
      mismatch:
        'O.K.\nReading 700 bytes data from target memory @ 0x08000000.\nVerify failed @ address 0x0800001C.\nExpected 0C read 8A',
      verified: 'readback',
    },
    {
      config: { tool: 'st-flash', ...probe },
      good: '2023-01-01T00:00:00 INFO common.c: Flash written and verified! jolly good!\n',
      selects: '--serial 0667FF3031',
      absent: "2026-11-22T19:14:46 WARN usb.c: Couldn't find any ST-Link devices\n",
      mismatch:
        '2023-07-12T14:39:11 INFO common_flash.c: Starting verification of write complete\n2023-07-12T14:39:11 ERROR common_flash.c: Verification of flash failed at offset: 0\nstlink_fwrite_flash() == -1\n',
      verified: 'readback',
    },
    {
      config: { tool: 'picotool', ...probe },
      good: 'Loading into Flash:   [==============================]  100%\nVerifying Flash:      [==============================]  100%\n  OK\n',
      selects: '--ser 0667FF3031',
      absent: 'No accessible RP-series devices in BOOTSEL mode were found with serial number\n0667FF3031.\n',
      mismatch:
        'Loading into Flash:   [==============================]  100%\nVerifying Flash:      [==============================]  100%\n  FAILED\nERROR: The device contents did not match the file\n',
      verified: 'readback',
    },
  ];

  for (const { config, good, selects, absent, mismatch, verified } of tools)
    it(`${config.tool}: names the probe, and reads success, absence and mismatch from what the tool prints`, async () => {
      const report = await withCommand(config, await standIn(`${config.tool}-good`, good, 0)).flash([
        image,
        blob,
      ]);
      expect(report.verified).to.equal(verified);
      expect(report.segments.map(({ address, bytes }) => [address, bytes])).to.deep.equal([
        [image.address, 700],
        [blob.address, 300],
      ]);
      const called = await calls();
      expect(called.length).to.be.above(0);
      for (const call of called) expect(call).to.include(selects);
      const missing = await failure(
        withCommand(config, await standIn(`${config.tool}-absent`, absent, 1)).flash([image]),
        'LF_FLASH_FAILED',
      );
      expect(missing.message).to.include(absent.trim().split('\n').at(-1)).and.to.include('serial number');
      await failure(
        withCommand(config, await standIn(`${config.tool}-bad`, mismatch, 1)).flash([image]),
        'LF_FLASH_VERIFY',
      );
      const nowhere = await failure(
        withCommand(config, join(folder, 'absent')).flash([image]),
        'LF_TOOL_MISSING',
      );
      expect(nowhere.detail.hint).to.match(/install|probe-rs|segger|picotool/i);
    });

  it('takes no success on trust: a tool that ends well without having said so has failed', async () => {
    for (const { config } of tools.filter(tool => tool.config.tool !== 'probe-rs'))
      await failure(withCommand(config, await standIn('mute', '', 0)).flash([image]), 'LF_FLASH_FAILED');
  });

  const ends = (config: object, output: string, status: number) => async () =>
    failure(withCommand(config, await standIn('ends', output, status)).flash([image]), 'LF_FLASH_FAILED');

  it('jlink: a connection that is "O.K." is no verification; nor is one segment of two', async () => {
    const config = { tool: 'jlink', ...probe, device: 'STM32L4R5ZI' };
    await ends(config, 'Connecting to J-Link via USB...O.K.\nScript processing completed.\n', 0)();
    await ends(config, 'Cannot connect to target.\n\nWriting failed.\n\nScript processing completed.\n', 0)();
    const once = await standIn('once', 'O.K.\nVerify successful.\n', 0);
    await withCommand(config, once).flash([image]);
    await failure(withCommand(config, once).flash([image, blob]), 'LF_FLASH_FAILED');
  });

  it('picotool: knows a board without boot loader from an older version too', async () => {
    const config = { tool: 'picotool', ...probe };
    for (const text of [
      'No accessible RP2040 devices in BOOTSEL mode were found.\n',
      'No accessible RP2040/RP2350 devices in BOOTSEL mode were found.\n',
      'Despite the reboot attempt, no accessible RP2040/RP2350 devices in BOOTSEL mode\nwere found.\n',
    ])
      expect((await ends(config, text, 249)()).message).to.include('serial number');
  });

  it('kills a tool that hangs, and says in which phase', async () => {
    const command = await standIn('hang', 'Erasing...\n', 0, 'exec sleep 600');
    const error = await failure(
      create({ tool: 'st-flash', ...probe, command, budgetMilliseconds: 200 }).flash([image]),
      'LF_FLASH_FAILED',
    );
    expect(error.message).to.include('phase "write"').and.to.include('Erasing...');
  });

  it('dfu-util: uploads everything again, compares it, and jumps into the image last', async () => {
    const store = join(folder, 'dfu-store');
    await mkdir(store);
    const then = `for last in "$@"; do :; done
place=$(printf '%s' "$8" | cut -d: -f1)
case "$9" in -D) cp "$last" "${store}/$place";; -U) cp "${store}/$place" "$last";; esac`;
    const command = await standIn('dfu', 'Download done.\nFile downloaded successfully\n', 0, then);
    const config = { tool: 'dfu-util', ...probe, vendorProduct: '0483:df11', command };
    expect((await create(config).flash([image, blob])).verified).to.equal('readback');
    expect((await calls()).map(call => call.replace(/ \S+$/, ''))).to.deep.equal([
      '-d 0483:df11 -S 0667FF3031 -a 0 -s 0x8000000 -D',
      '-d 0483:df11 -S 0667FF3031 -a 0 -s 0x8040000 -D',
      '-d 0483:df11 -S 0667FF3031 -a 0 -s 0x8040000:300 -U',
      '-d 0483:df11 -S 0667FF3031 -a 0 -s 0x8000000:700:leave -U',
    ]);
    const gone = await standIn(
      'dfu-gone',
      '',
      0,
      `${then}\ncase "$*" in *:leave*) echo 'dfu-util: Error during download get_status' >&2; echo 'Submitting leave request...'; exit 74;; esac`,
    );
    expect((await create({ ...config, command: gone }).flash([image, blob])).verified).to.equal('readback');
    const broken = await standIn(
      'dfu-broken',
      '',
      0,
      'echo "dfu-util: Error during download get_status" >&2; exit 74',
    );
    await failure(create({ ...config, command: broken }).flash([image]), 'LF_FLASH_FAILED');
    const corrupt = await standIn(
      'dfu-worn',
      '',
      0,
      `${then}\ncase "$9" in -U) printf X | dd of="$last" bs=1 seek=5 conv=notrunc 2>/dev/null;; esac`,
    );
    const error = await failure(create({ ...config, command: corrupt }).flash([image]), 'LF_FLASH_VERIFY');
    expect(error.detail.fields?.address).to.equal(0x0800_0005);
  });

  it('command: fills placeholders, compares what comes back, and says when nothing was proven', async () => {
    const tool = await standIn(
      'any tool',
      '',
      0,
      `for last in "$@"; do :; done\ncase "$1" in put) cp "$2" '${folder}/kept';; get) cp '${folder}/kept' "$last";; esac`,
    );
    const quoted = tool.replace(' ', '\\ ');
    const write = `${quoted} put {file} {address} {bytes} {serial}`;
    const bare = await create({ tool: 'command', write, serialNumber: 'A 1' }).flash([image]);
    expect(bare.verified).to.equal('none');
    expect((await calls())[0]).to.match(/^put \S+ 0x8000000 700 A 1$/);
    const proven = create({
      tool: 'command',
      write: `${quoted} put {file}`,
      readBack: `${quoted} get {address} {bytes} {back}`,
      reset: `${quoted} go`,
    });
    expect((await proven.flash([image])).verified).to.equal('readback');
    expect((await calls()).at(-1)).to.equal('go');
    expect(() => create({ tool: 'command', write: 'tool {file}', serialNumber: '1' }))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_CONFIG_INVALID');
    await failure(create({ tool: 'command', write: `${quoted} {fiel}` }).flash([image]), 'LF_CONFIG_INVALID');
    await failure(create({ tool: 'command', write: 'false {file}' }).flash([image]), 'LF_FLASH_FAILED');
  });

  it('refuses a probe without a serial number, and one that would leave its place in a script', () => {
    expect(() => create({ tool: 'st-flash' })).to.throw();
    expect(() => create({ tool: 'openocd', files: [], serialNumber: 'x; shutdown' }))
      .to.throw(LittlefirstError)
      .with.property('code', 'LF_CONFIG_INVALID');
  });

  it('reads much output of one kind, or in one line, in time that grows with its length', () => {
    const step = { phase: 'write', command: 'tool', args: [], budgetMilliseconds: 1 } as const;
    const judge = picotoolRecipe({ serialNumber: 'S' }).judge;
    for (const all of ['Verifying Flash '.repeat(60_000), 'Verifying Flash\n'.repeat(60_000)])
      expect(() => judgeTool('tool', step, judge, { failed: false, all })).to.throw(/failed in phase/);
    const all = `${'Connecting to J-Link '.repeat(50_000)}Verify successful.\nVerify successful.`;
    const jLink = jLinkRecipe({ serialNumber: 'S', device: 'STM32L4R5ZI' }).judge;
    expect(judgeTool('tool', step, jLink, { failed: false, all })).to.match(/Verify successful\.$/);
  });

  it('shows the last state of a progress bar only', () => {
    expect(lastLines('a\n 1%\r 50%\r 100%\nError: x\n\n')).to.equal('a\n     100%\n    Error: x');
  });

  it('ends a tool when it is told to, and says so', async () => {
    const begun = join(folder, 'begun');
    const command = await standIn('st-flash-slow', '', 0, `echo $$ > '${begun}'; exec sleep 3600`);
    const stop = new AbortController();
    const flashing = withCommand({ tool: 'st-flash', ...probe }, command).flash([image], stop.signal);
    let pid = 0;
    while (!(pid > 0)) pid = Number(await readFile(begun, 'utf8').catch(() => new Promise(setImmediate)));
    const reason = new Error('enough');
    stop.abort(reason);
    expect(await flashing.catch(error => error)).to.equal(reason);
    expect(() => process.kill(pid, 0)).to.throw('ESRCH');
  });

  describe('uf2-drive', () => {
    /** A /dev, /proc and mount folders of its own. */
    async function root(name: string, mounts: string[], label = 'RPI-RP2'): Promise<string> {
      const place = join(folder, name);
      for (const part of ['dev/disk/by-label', 'dev/disk/by-path', 'proc/self'])
        await mkdir(join(place, part), { recursive: true });
      for (const [index, mount] of mounts.entries()) {
        await mkdir(join(place, mount), { recursive: true });
        await writeFile(join(place, `dev/sd${index}1`), '');
        await symlink(`../../sd${index}1`, join(place, `dev/disk/by-path/usb-${index}-part1`));
      }
      await symlink('../../sd01', join(place, 'dev/disk/by-label', label));
      await writeFile(
        join(place, 'proc/self/mounts'),
        mounts
          .map((mount, index) => `/dev/sd${index}1 /${mount.replace(' ', '\\040')} vfat rw 0 0\n`)
          .join(''),
      );
      return place;
    }
    const flasher = (place: string, options: object = {}) =>
      createExternalFlasher(
        {
          tool: 'uf2-drive',
          mountMilliseconds: 100,
          unmountMilliseconds: 300,
          ...options,
          ...{ root: place, pollMilliseconds: 5 },
        } as ExternalFlasherConfig,
        {},
      );

    it('copies one file and waits until the drive is gone', async () => {
      const place = await root('one', ['media/my disk']);
      const copied = join(place, 'media/my disk/littlefirst.uf2');
      const expected = Buffer.from(segmentsToUf2([image, blob], uf2Families.rp2040));
      const flashing = flasher(place, { unmountMilliseconds: 10_000 }).flash([image, blob]);
      for (;;) {
        const there = await readFile(copied).catch(() => Buffer.alloc(0));
        if (there.equals(expected)) break;
        await new Promise(resolve => setImmediate(resolve));
      }
      await writeFile(join(place, 'proc/self/mounts'), '');
      expect((await flashing).verified).to.equal('none');
      expect(expected.length).to.equal(512 * (3 + 2));
      expect(expected.readUInt32LE(512 * 3 + 12)).to.equal(blob.address);
      expect(expected.readUInt32LE(512 * 3 + 20)).to.equal(3);
      expect(expected.readUInt32LE(512 * 3 + 24)).to.equal(5);
    });

    it("writes for the RP2350 to that boot ROM's drive, and to no other's", async () => {
      const place = await root('two-families', ['media/RP2350'], 'RP2350');
      await failure(flasher(place).flash([image]), 'LF_DEVICE_MISSING');
      const error = await failure(flasher(place, { family: 'rp2350' }).flash([image]), 'LF_FLASH_FAILED');
      expect(error.message).to.include('RP2350');
      const written = await readFile(join(place, 'media/RP2350/littlefirst.uf2'));
      expect(written.readUInt32LE(28)).to.equal(0xe48bff59);
    });

    it('waits for no drive any longer when it is told to end, and copies nothing afterwards', async () => {
      const place = await root('ended', ['media/late']);
      await writeFile(join(place, 'proc/self/mounts'), '');
      const stop = new AbortController();
      const flashing = flasher(place, { mountMilliseconds: 3_600_000 }).flash([image], stop.signal);
      const reason = new Error('enough');
      stop.abort(reason);
      expect(await flashing.catch(error => error)).to.equal(reason);
      expect(await readdir(join(place, 'media/late'))).to.deep.equal([]);
    });

    it('never takes the first of two drives, and finds one by its socket', async () => {
      const place = await root('two', ['media/RPI-RP2', 'media/RPI-RP21']);
      const error = await failure(flasher(place).flash([image]), 'LF_DEVICE_AMBIGUOUS');
      expect(error.message).to.include('media/RPI-RP21');
      await failure(flasher(place, { physicalPath: 'usb-1' }).flash([image]), 'LF_FLASH_FAILED');
      expect((await readFile(join(place, 'media/RPI-RP21/littlefirst.uf2'))).length).to.equal(512 * 3);
      expect(await readdir(join(place, 'media/RPI-RP2'))).to.deep.equal([]);
      await failure(flasher(place, { physicalPath: 'usb-7' }).flash([image]), 'LF_DEVICE_MISSING');
    });
  });

  describe('with the real tools', () => {
    if (present.has('openocd'))
      it('OpenOCD writes into its test flash, cannot verify there, and the report is a failed verification', async () => {
        const dummy = 'adapter driver dummy; transport select jtag; jtag newtap t cpu -irlen 4';
        const target =
          'target create t.cpu testee -chain-position t.cpu; flash bank t.f faux 0x08000000 0x10000 0 0 t.cpu';
        const config = { tool: 'openocd', ...probe, files: [] };
        const error = await failure(
          create({ ...config, commands: [dummy, target] }).flash([image]),
          'LF_FLASH_VERIFY',
        );
        expect(error.message).to.match(/wrote \d+ bytes from file/);
        const noTarget = await failure(
          create({ ...config, commands: ['adapter driver dummy'], files: ['no/such.cfg'] }).flash([image]),
          'LF_FLASH_FAILED',
        );
        expect(noTarget.message).to.include('no/such.cfg');
      });
    if (present.has('openocd'))
      it('OpenOCD takes the usual files of probes and chips, and finds no probe with this serial number', async () => {
        for (const [files, words] of [
          [['interface/stlink.cfg', 'target/stm32l4x.cfg'], /open failed/],
          [['interface/cmsis-dap.cfg', 'target/rp2040.cfg'], /unable to find a matching CMSIS-DAP device/],
          [['interface/jlink.cfg', 'target/rp2040.cfg'], /No J-Link device found/],
        ] as const) {
          const config = { tool: 'openocd', serialNumber: '123456', files, commands: ['adapter speed 1000'] };
          const error = await failure(create(config).flash([image]), 'LF_FLASH_FAILED');
          expect(error.message).to.match(words).and.to.include('serial number');
        }
      });
    if (present.has('st-flash'))
      it('st-flash finds no probe with this serial number', async () => {
        const error = await failure(create({ tool: 'st-flash', ...probe }).flash([image]), 'LF_FLASH_FAILED');
        expect(error.message).to.include("Couldn't find any ST-Link devices").and.to.include('serial number');
        expect(error.message).to.not.include('invalid command line');
      });
    if (present.has('dfu-util'))
      it('dfu-util takes our arguments and finds no device with this serial number', async () => {
        const config = { tool: 'dfu-util', ...probe, vendorProduct: '0483:df11' };
        const error = await failure(create(config).flash([image]), 'LF_FLASH_FAILED');
        expect(error.message).to.include('No DFU capable USB device').and.to.include('serial number');
      });
    if (present.has('gdb-multiarch') && present.has('qemu-system-arm'))
      it('GDB flashes the lm3s6965 image into QEMU, compares it, and the board answers with its hash', async () => {
        const { segments, entry } = loadFirmware('lm3s6965');
        const machine = await createQemuMachine({ board: 'lm3s6965', levelHz: [50_000_000] });
        try {
          const address = 'path' in machine.gdbAddress ? machine.gdbAddress.path : '';
          const gdb = create({ tool: 'gdb', address, server: 'qemu' });
          const report = await gdb.flash([...segments, { address: entry.blobAddress, data: blob.data }]);
          expect([report.verified, report.segments.length]).to.deep.equal(['checksum', 2]);
          expect(await machine.read(entry.blobAddress, 300)).to.deep.equal(blob.data);
          await machine.reset();
          const link = await openLink('emulated:', { machine });
          expect((await new DutClient(link).sync()).image).to.equal(entry.sha256.slice(0, 16));
          await closeLink(link);
          const outside = { address: 0x5000_0000, data: blob.data };
          await failure(gdb.flash([outside]), 'LF_FLASH_VERIFY');
        } finally {
          await machine.close();
        }
        await failure(
          create({ tool: 'gdb', address: '127.0.0.1:1', server: 'qemu' }).flash([image]),
          'LF_FLASH_FAILED',
        );
      });
  });
});
