import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../../host/make-folder.js';
import { listDevices, resolveDevice } from '../../../wire/devices/identity.js';
import type { ListedPort } from '../../../wire/devices/system-list.js';
import type { FlashRecipe } from '../../../wire/flash/external/flasher.js';
import { dfuUtilRecipe, picotoolRecipe } from '../../../wire/flash/external/loaders.js';
import {
  gdbRecipe,
  jLinkRecipe,
  openOcdRecipe,
  probeRsRecipe,
  stFlashRecipe,
} from '../../../wire/flash/external/probes.js';
import { judgeTool, type ToolStep } from '../../../wire/flash/external/run.js';
import { gdbServers } from '../../../wire/flash/gdb/flasher.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, fuzzFolder, linesOf, text } from './bytes.js';

const listedFields = [
  'path',
  'serialNumber',
  'vendorId',
  'productId',
  'locationId',
  'pnpId',
  'friendlyName',
] as const;

/** A port as the system lists it: one a line, fields separated by tabs, in the order above. */
const listedOf = (line: string): ListedPort => {
  const values = line.split('\t');
  const entries = listedFields.flatMap((field, i) => (values[i] === undefined ? [] : [[field, values[i]]]));
  return { path: '', ...Object.fromEntries(entries) };
};

/** A system's folders with one device: what its files say are the input's lines, and the last one is its name by udev. */
function plug(lines: readonly string[]): string {
  const root = join(fuzzFolder(), 'system');
  const usb = join(root, 'sys', 'devices', 'usb1', '1-1');
  const line = join(usb, '1-1:1.0');
  const tty = join(root, 'sys', 'class', 'tty', 'ttyACM0');
  const byId = join(root, 'dev', 'serial', 'by-id');
  for (const folder of [line, tty, byId]) makeFolder(folder);
  const device = join(tty, 'device');
  rmSync(device, { force: true });
  symlinkSync('../../../devices/usb1/1-1/1-1:1.0', device);
  const [vid = '', pid = '', serial = '', number = '', name = '', id = ''] = lines;
  for (const [file, content] of [
    [join(usb, 'idVendor'), vid],
    [join(usb, 'idProduct'), pid],
    [join(usb, 'serial'), serial],
    [join(line, 'bInterfaceNumber'), number],
    [join(line, 'interface'), name],
  ])
    writeFileSync(file, content, 'latin1');
  for (const old of readdirSync(byId)) rmSync(join(byId, old));
  const isName = id !== '' && id !== '.' && id !== '..' && !/[/\0]/.test(id) && Buffer.byteLength(id) < 256;
  if (isName) symlinkSync('../../ttyACM0', join(byId, id));
  return root;
}

/** What a bench may ask for, of what is there. */
async function find(root: string, listed: readonly ListedPort[]): Promise<void> {
  const sources = { root, list: async () => [...listed] };
  for (const { serialNumber, port, id, vendorId } of await listDevices(sources))
    for (const wanted of [{ serialNumber }, { port }, { id }, { vid: vendorId, interface: '0' }])
      await resolveDevice({ role: 'board', ...wanted }, sources).catch((error: { code?: string }) => {
        if (error.code !== 'LF_DEVICE_AMBIGUOUS' && error.code !== 'LF_DEVICE_MISSING') throw error;
      });
}

const probe = { serialNumber: 'S' };
const recipes: FlashRecipe[] = [
  openOcdRecipe({ ...probe, files: [] }),
  probeRsRecipe({ ...probe, chip: 'STM32L4R5ZITx', vendorProduct: '0483:374b' }),
  jLinkRecipe({ ...probe, device: 'STM32L4R5ZI' }),
  stFlashRecipe(probe),
  dfuUtilRecipe({ ...probe, vendorProduct: '0483:df11' }),
  picotoolRecipe(probe),
  gdbRecipe({ address: { host: 'h', port: 1 }, server: gdbServers.openocd }),
];
const steps: ToolStep[] = [
  { phase: 'write', command: 'tool', args: [], budgetMilliseconds: 1 },
  { phase: 'reset', command: 'tool', args: [], budgetMilliseconds: 1, leaves: /Submitting leave request/ },
];

/** What a tool printed, with success and without, as each of the tools would be judged by it. */
function judge(input: Buffer): void {
  const all = text(input);
  for (const recipe of recipes)
    for (const step of steps)
      for (const result of [
        { failed: false, all },
        { failed: true, exitCode: 1, all },
      ])
        try {
          judgeTool(recipe.name, step, recipe.judge, result);
        } catch (error) {
          const { code } = error as { code?: string };
          if (code !== 'LF_FLASH_FAILED' && code !== 'LF_FLASH_VERIFY') throw error;
        }
}

/** What the system and its tools say of devices. */
export const deviceTargets: readonly FuzzTarget[] = [
  {
    name: 'listed-ports',
    seeds: [
      '/dev/tty.usbmodem14201\tE6616408\t0x2e8a\t0x000A\t14200000\n',
      'COM7\t7&1A2B\t2E8A\t000C\tPort_#0003\tUSB\\VID_2E8A&PID_000C&MI_01\\6&3A4B&0&0001\tUSB Serial (COM7)\n',
      'COM8\tFT1A\t0403\t6010\t\tFTDIBUS\\VID_0403+PID_6010+FT1AB\\0000\n',
    ].map(bytesOf),
    words: ['\t', '\n', 'usbmodem', '&MI_', 'FTDIBUS\\', '0x', '/dev/cu.'],
    run: input => {
      const root = join(fuzzFolder(), 'empty');
      makeFolder(root);
      return find(root, linesOf(input).map(listedOf));
    },
  },
  {
    name: 'system-devices',
    seeds: ['2e8a\n000a\nE66164\n02\nBoard CDC\nusb-Raspberry_Pi_Pico_E66164-if02', '0483\n374b'].map(
      bytesOf,
    ),
    words: ['\n', '-if', '-port0', 'usb-', '_', '\0', 'ff'],
    run: input => find(plug(linesOf(input)), []),
  },
  {
    name: 'flash-tools',
    maxBytes: 32_768,
    seeds: [
      'Verifying Flash\n  OK\nverified 4 bytes\nVerify successful.\n',
      'Connecting to J-Link via USB...FAILED\nERROR: x\r 50%\r 100%\nSubmitting leave request\n',
      'Verifying Flash '.repeat(2000),
    ].map(bytesOf),
    words: [
      'Verifying Flash',
      'OK',
      '\n ',
      '\r',
      'Connecting to J-Link',
      'FAILED',
      'ERROR:',
      'no accessible ',
    ],
    run: judge,
  },
];
