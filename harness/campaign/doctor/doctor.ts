import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listDataSets } from '../../data/load.js';
import { loadFirmware } from '../../emulator/manifest.js';
import { asLittlefirstError } from '../../errors.js';
import { boardNames } from '../bench/boards.js';
import { type AccessOptions, findDevices, findGroups, findUsbAccess } from './access.js';
import { findBench } from './benches.js';
import type { DoctorFinding } from './finding.js';
import { findPackages } from './packages.js';
import { findTool, knownTools } from './tools.js';

export interface DoctorOptions extends AccessOptions {
  /** Folders of bench files. */
  folders?: readonly string[];
  /** Bench files besides. */
  files?: readonly string[];
  /** Milliseconds that a tool may take to tell its version. */
  toolMilliseconds?: number;
}

function image(board: string): DoctorFinding {
  const finding = { area: 'harness', what: `firmware of ${board}`, required: true } as const;
  try {
    const { entry } = loadFirmware(board);
    return { ...finding, ok: true, detail: `${entry.bytes} bytes, sha256 ${entry.sha256.slice(0, 16)}` };
  } catch (error) {
    const { message, detail } = asLittlefirstError(error);
    return { ...finding, ok: false, detail: message, fix: detail.hint };
  }
}

async function dataSets(): Promise<DoctorFinding[]> {
  return (await listDataSets()).map(set => ({
    area: 'data',
    what: `data ${set.name}`,
    ok: set.available,
    required: false,
    detail: set.available ? (set.folder ?? set.description) : 'absent',
    fix: set.available ? undefined : '`littlefirst data fetch` gets it',
  }));
}

async function benchFiles({ folders = [], files = [] }: DoctorOptions): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async folder =>
      (await readdir(folder).catch(() => []))
        .filter(name => name.endsWith('.yaml'))
        .sort()
        .map(name => join(folder, name)),
    ),
  );
  return [...found.flat(), ...files];
}

/** Everything that `littlefirst doctor` says: harness and data, tools, access, what is connected, and which benches would work. */
export async function examine(options: DoctorOptions = {}): Promise<DoctorFinding[]> {
  const node: DoctorFinding = {
    area: 'harness',
    what: 'Node',
    ok: true,
    required: true,
    detail: process.version,
  };
  const isLinux = process.platform === 'linux';
  const benches = await benchFiles(options);
  const found = await Promise.all([
    (await boardNames()).map(image),
    findPackages(),
    dataSets(),
    Promise.all(Object.values(knownTools).map(tool => findTool(tool, options.toolMilliseconds))),
    isLinux ? findGroups(options) : [],
    isLinux ? findUsbAccess(options) : [],
    findDevices(options),
    Promise.all(benches.map(file => findBench(file, options))),
  ]);
  return [node, ...found.flat()];
}
