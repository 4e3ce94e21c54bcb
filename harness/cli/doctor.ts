import type { Command } from 'commander';
import { execa } from 'execa';
import { boardNames } from '../bench/boards.js';
import { listDataSets } from '../data/index.js';
import { loadFirmware } from '../emulator/manifest.js';
import { asLittlefirstError, exitCodes } from '../errors.js';
import { type CliContext, type Finish, printLine } from './context.js';

interface Finding {
  what: string;
  ok: boolean;
  /** Absent things that nothing here needs are no fault. */
  required: boolean;
  detail: string;
}

async function tool(command: string, need: string): Promise<Finding> {
  const { failed, stdout } = await execa(command, ['--version'], { reject: false });
  const detail = failed ? `not found; needed for ${need}` : stdout.split('\n')[0];
  return { what: command, ok: !failed, required: false, detail };
}

async function ports(): Promise<Finding> {
  const finding = { what: 'serial ports', required: false };
  try {
    const { SerialPort } = await import('serialport');
    const list = await SerialPort.list();
    const detail = list.map(port => `${port.path}${port.serialNumber ? ` (${port.serialNumber})` : ''}`);
    return { ...finding, ok: true, detail: detail.join(', ') || 'none connected' };
  } catch (error) {
    return { ...finding, ok: false, detail: `cannot be listed: ${asLittlefirstError(error).message}` };
  }
}

async function image(board: string): Promise<Finding> {
  const finding = { what: `firmware of ${board}`, required: true };
  try {
    const { entry } = loadFirmware(board);
    return { ...finding, ok: true, detail: `${entry.bytes} bytes, sha256 ${entry.sha256.slice(0, 16)}` };
  } catch (error) {
    return { ...finding, ok: false, detail: asLittlefirstError(error).message };
  }
}

async function findings(): Promise<Finding[]> {
  const node: Finding = { what: 'Node', ok: true, required: true, detail: process.version };
  const images = await Promise.all((await boardNames()).map(image));
  const data = (await listDataSets()).map(set => ({
    what: `data ${set.name}`,
    ok: set.available,
    required: false,
    detail: set.available ? (set.folder ?? set.description) : 'absent; `littlefirst data fetch` gets it',
  }));
  const tools = await Promise.all([
    tool('qemu-system-arm', 'the boards lm3s6965 and lm3s6965-m4'),
    tool('arm-none-eabi-gcc', 'rebuilding the firmware'),
    tool('gcc', 'the timing plugin of the QEMU boards'),
  ]);
  return [node, ...images, ...data, ...tools, await ports()];
}

/** `littlefirst doctor`: what is here, what is missing, and what for. */
export function addDoctor(program: Command, context: CliContext, finish: Finish): void {
  program
    .command('doctor')
    .description('say what is connected and what is missing')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const list = await findings();
      if (options.json) printLine(context.out, JSON.stringify(list, null, 2));
      else
        for (const { what, ok, required, detail } of list)
          printLine(context.out, `${ok ? 'ok     ' : required ? 'MISSING' : 'absent '}  ${what}: ${detail}`);
      finish(list.some(({ ok, required }) => required && !ok) ? exitCodes.bench : exitCodes.pass);
    });
}
