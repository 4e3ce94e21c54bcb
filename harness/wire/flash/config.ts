import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { commandRecipe } from './external/command.js';
import { ExternalFlasher, type ExternalFlasherOptions } from './external/flasher.js';
import { dfuUtilRecipe, picotoolRecipe } from './external/loaders.js';
import { gdbRecipe, jLinkRecipe, openOcdRecipe, probeRsRecipe, stFlashRecipe } from './external/probes.js';
import type { Flasher } from './flasher.js';
import type { GdbAddress } from './gdb/connection.js';
import { GdbFlasher, gdbServers } from './gdb/flasher.js';
import { SvlFlasher, type SvlPort } from './svl/flasher.js';
import { svlBaudRates } from './svl/packet.js';
import { type Uf2Family, uf2Families } from './uf2.js';
import { Uf2DriveFlasher } from './uf2-drive.js';

const text = z.string().min(1);
const tool = { command: text.optional(), budgetMilliseconds: z.number().int().positive().optional() };
const probe = { ...tool, serialNumber: text };
const vendorProduct = z
  .string()
  .regex(/^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$/, 'vendor and product, e.g. 0483:df11');
const server = z.enum(Object.keys(gdbServers) as [keyof typeof gdbServers, ...(keyof typeof gdbServers)[]]);
/** `host:port`, the path of a unix socket, or `serial:/dev/...` of a probe that is a GDB server itself. */
const gdbAddress = z
  .string()
  .regex(/^(?:\/.+|serial:\/.+|[^/:]+:\d{1,5})$/, 'host:port, the path of a socket, or serial:/dev/...')
  .transform((value): GdbAddress => {
    if (value.startsWith('serial:')) return { link: value };
    if (value.startsWith('/')) return { path: value };
    const [host, port] = value.split(':');
    return { host, port: Number(port) };
  });

/** The `flasher:` of a bench file, where it is not one of the built-in words. */
export const externalFlasherSchema = z.discriminatedUnion('tool', [
  z.strictObject({
    tool: z.literal('openocd'),
    ...probe,
    files: z.array(text),
    commands: z.array(text).optional(),
  }),
  z.strictObject({ tool: z.literal('probe-rs'), ...probe, chip: text, vendorProduct }),
  z.strictObject({
    tool: z.literal('jlink'),
    ...probe,
    device: text,
    interface: z.enum(['SWD', 'JTAG']).optional(),
    speedKilohertz: z.number().int().positive().optional(),
  }),
  z.strictObject({ tool: z.literal('st-flash'), ...probe }),
  z.strictObject({
    tool: z.literal('dfu-util'),
    ...probe,
    vendorProduct,
    alternate: z.number().int().min(0).optional(),
  }),
  z.strictObject({ tool: z.literal('picotool'), ...probe }),
  /** The program gdb-multiarch. Without an address: the GDB server of an emulated board. */
  z.strictObject({
    tool: z.literal('gdb'),
    ...tool,
    address: gdbAddress.optional(),
    server: server.default('qemu'),
  }),
  /** The harness' own GDB client: needs no program but the server. */
  z.strictObject({
    tool: z.literal('gdb-remote'),
    address: gdbAddress.optional(),
    server: server.default('qemu'),
  }),
  /** SparkFun's serial boot loader of Artemis boards, on the board's own line: needs no program. */
  z.strictObject({
    tool: z.literal('svl'),
    baudRate: z.literal([...svlBaudRates]).optional(),
    /** How the board comes into its boot loader: by an edge of DTR, or by its firmware. */
    restart: z.enum(['dtr', 'software']).default('dtr'),
    attempts: z.number().int().min(1).max(20).optional(),
  }),
  z.strictObject({
    tool: z.literal('uf2-drive'),
    /** Whose boot ROM it is: sets the family of the file and the label of the drive. */
    family: z.enum(Object.keys(uf2Families) as [Uf2Family, ...Uf2Family[]]).optional(),
    label: text.optional(),
    physicalPath: text.optional(),
    mountMilliseconds: z.number().int().positive().optional(),
    unmountMilliseconds: z.number().int().positive().optional(),
  }),
  z.strictObject({
    tool: z.literal('command'),
    write: text,
    readBack: text.optional(),
    reset: text.optional(),
    serialNumber: text.optional(),
    budgetMilliseconds: z.number().int().positive().optional(),
  }),
]);

export type ExternalFlasherConfig = z.infer<typeof externalFlasherSchema>;

export interface CreateFlasherOptions extends ExternalFlasherOptions {
  /** GDB server of an emulated board, for a flasher that names no address. */
  gdbAddress?: GdbAddress;
  /** Opens the board's own line for a flasher that speaks to its boot loader there; whoever had it open has closed it then. */
  openBoardLine?: (baudRate: number, signal?: AbortSignal) => Promise<SvlPort>;
}

function addressOf(
  { tool, address }: { tool: string; address?: GdbAddress },
  { gdbAddress: own }: CreateFlasherOptions,
): GdbAddress {
  const found = address ?? own;
  if (found !== undefined) return found;
  throw new LittlefirstError(
    'LF_CONFIG_INVALID',
    `The flasher ${tool} does not say where its GDB server listens`,
    {
      expected: 'address: host:port, the path of a socket, or serial:/dev/...',
      hint: 'only emulated boards bring a GDB server of their own',
    },
  );
}

/** @throws LF_CONFIG_INVALID when used on a board without a line of its own */
function svlFlasher(
  config: Extract<ExternalFlasherConfig, { tool: 'svl' }>,
  { openBoardLine, enterBootloader }: CreateFlasherOptions,
): Flasher {
  const { baudRate, attempts, restart } = config;
  return new SvlFlasher({
    ...{ baudRate, attempts },
    open: async (rate, signal) => {
      if (openBoardLine === undefined)
        throw new LittlefirstError('LF_CONFIG_INVALID', 'The flasher svl needs the line of a real board', {
          expected: 'link: serial:/dev/... of a board with the Artemis module',
          hint: 'an emulated board is flashed by flasher: auto',
        });
      const port = await openBoardLine(rate, signal);
      return restart === 'dtr' ? port : { ...port, restart: undefined };
    },
    enterBootloader: restart === 'software' ? enterBootloader : undefined,
  });
}

/** Whether a flasher goes through a GDB server. */
export function usesGdb(config: ExternalFlasherConfig): boolean {
  return config.tool === 'gdb' || config.tool === 'gdb-remote';
}

/** The flasher that a bench file describes. @throws LF_CONFIG_INVALID */
export function createExternalFlasher(
  config: ExternalFlasherConfig,
  options: CreateFlasherOptions = {},
): Flasher {
  switch (config.tool) {
    case 'openocd':
      return new ExternalFlasher(openOcdRecipe(config), options);
    case 'probe-rs':
      return new ExternalFlasher(probeRsRecipe(config), options);
    case 'jlink':
      return new ExternalFlasher(jLinkRecipe(config), options);
    case 'st-flash':
      return new ExternalFlasher(stFlashRecipe(config), options);
    case 'dfu-util':
      return new ExternalFlasher(dfuUtilRecipe(config), options);
    case 'picotool':
      return new ExternalFlasher(picotoolRecipe(config), options);
    case 'gdb':
      return new ExternalFlasher(
        gdbRecipe({ ...config, address: addressOf(config, options), server: gdbServers[config.server] }),
        options,
      );
    case 'gdb-remote':
      return new GdbFlasher(addressOf(config, options), { server: gdbServers[config.server] });
    case 'svl':
      return svlFlasher(config, options);
    case 'uf2-drive':
      return new Uf2DriveFlasher({ ...config, ...options });
    case 'command':
      return new ExternalFlasher(commandRecipe(config), options);
  }
}
