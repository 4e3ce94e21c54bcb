import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listDataSets } from '../../data/load.js';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import type { DeviceSources } from '../../wire/devices/identity.js';
import { findDevice, type LineChoice } from '../../wire/devices/open-line.js';
import { checkLabgrid } from '../../wire/labgrid/coordinator.js';
import { parseLinkUrl } from '../../wire/link/url.js';
import { firmwareOf, loadBoard } from '../bench/boards.js';
import { loadBench, type ResolvedBench } from '../bench/load.js';
import { type MeterChoice, meterLink } from '../bench/meter-schema.js';
import { isMlperfBench, loadMlperfBench, type MlperfBench } from '../mlperf/bench-file.js';
import { StrangerGolden } from '../mlperf/golden.js';
import type { DoctorFinding } from './finding.js';
import { findTool, type KnownTool, knownTools } from './tools.js';

function missing(summary: string, hint: string): LittlefirstError {
  return new LittlefirstError('LF_CONFIG_INVALID', summary, { hint });
}

async function checkLine(line: LineChoice, role: string, sources: DeviceSources): Promise<void> {
  const path =
    line.device === undefined ? serialPath(line.link) : (await findDevice(line.device, role, sources)).path;
  if (path === undefined) return;
  await access(path, constants.R_OK | constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? missing(`${path}, the ${role}, is not there`, 'connect it, or name it by device: in the bench file')
      : missing(`${path}, the ${role}, may not be opened`, 'the findings above on access say how');
  });
}

function serialPath(link: string): string | undefined {
  const address = parseLinkUrl(link);
  return address.kind === 'serial' ? address.path : undefined;
}

/** Programs that a bench file cannot do without. */
async function toolsOf({ duts, link, flasher, power }: ResolvedBench): Promise<KnownTool[]> {
  const tools: KnownTool[] = [];
  for (const { board } of duts) {
    const known = await loadBoard(board);
    const { emulator } = known;
    firmwareOf(known);
    if (link === 'emulated:' && emulator === 'qemu') tools.push(knownTools.qemu, knownTools.gcc);
    if (link === 'emulated:' && emulator === undefined)
      throw missing(`Board ${board} has no emulator`, 'name its link or device in the bench file');
  }
  if (typeof flasher === 'object' && flasher.tool in knownTools) {
    const known: KnownTool = knownTools[flasher.tool as keyof typeof knownTools];
    tools.push({ ...known, command: ('command' in flasher ? flasher.command : undefined) ?? known.command });
  }
  if (power?.by === 'uhubctl') tools.push({ ...knownTools.uhubctl, command: power.command ?? 'uhubctl' });
  return tools;
}

async function checkData({ data, bundles }: ResolvedBench): Promise<void> {
  const set = (await listDataSets()).find(({ name }) => name === data.set);
  if (set?.available === false)
    throw missing(`The data set ${data.set} is absent`, '`littlefirst data fetch` gets it');
  for (const folder of bundles)
    await access(join(folder, 'bundle.yaml')).catch(() => {
      throw missing(`There is no bundle in ${folder}`, 'correct bundles: in the bench file');
    });
}

async function checkBench(bench: ResolvedBench, sources: DeviceSources): Promise<void> {
  for (const tool of await toolsOf(bench)) {
    const { ok, detail, fix } = await findTool(tool);
    if (!ok) throw missing(`${tool.command}: ${detail}`, fix ?? tool.fix);
  }
  await checkData(bench);
  if (bench.lease !== undefined) await checkLabgrid();
  if (bench.link !== 'emulated:' && bench.flasher === 'auto')
    throw missing('A real board needs a flasher that is named, or none', 'flasher: none, or a tool');
  await checkLine(bench, 'board', sources);
  await checkMeter(bench.meter, sources);
}

async function checkMeter(meter: MeterChoice, sources: DeviceSources): Promise<void> {
  if (meter.driver === 'none') return;
  await checkLine({ link: meterLink(meter), device: meter.device }, 'meter', sources);
}

/** A bench for any MLPerf Tiny DUT: its data, the lines of its modes, its meter. */
async function checkMlperfBench(bench: MlperfBench, sources: DeviceSources): Promise<string> {
  const { data, modes, meter, golden } = bench;
  await access(join(data.folder, data.truthFile)).catch(() => {
    throw missing(
      `There is no ${data.truthFile} in ${data.folder}`,
      "set data.folder to a folder of the stock runner's data sets",
    );
  });
  if (golden !== undefined) await StrangerGolden.load(golden);
  for (const mode of modes) {
    const { link, device } = mode.link === undefined && mode.device === undefined ? bench : mode;
    await checkLine(
      { link: link ?? (device === undefined ? 'emulated:' : 'device:'), device },
      'board',
      sources,
    );
  }
  await checkMeter(meter, sources);
  return `would work: ${bench.board} in ${modes.map(({ mode }) => mode).join(', ')}, meter ${meter.driver}`;
}

/** Whether a bench file would work here: its devices, tools, data and bundles are looked for, and nothing is opened. */
export async function findBench(file: string, sources: DeviceSources = {}): Promise<DoctorFinding> {
  const finding = { area: 'bench', what: basename(file), required: false } as const;
  try {
    if (await isMlperfBench(file)) {
      const detail = await checkMlperfBench(await loadMlperfBench(file), sources);
      return { ...finding, ok: true, detail };
    }
    const bench = await loadBench(file);
    await checkBench(bench, sources);
    const boards = bench.duts.map(dut => dut.board).join(', ');
    return {
      ...finding,
      ok: true,
      detail: `would work: ${boards} at ${bench.link}, meter ${bench.meter.driver}`,
    };
  } catch (error) {
    const known = asLittlefirstError(error);
    return {
      ...finding,
      ok: false,
      detail: known.message.split('\n  try: ')[0],
      fix: known.detail.hint ?? 'correct the file',
    };
  }
}
