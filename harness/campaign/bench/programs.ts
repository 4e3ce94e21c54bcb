import { LittlefirstError } from '../../errors.js';
import { visibleLine } from '../../visible.js';
import type { PowerConfig } from '../../wire/devices/power-config.js';
import type { ExternalFlasherConfig } from '../../wire/flash/config.js';
import type { MeterChoice } from './meter-schema.js';

/** What of a bench can start programs of this machine, besides the harness' own emulators. */
export interface ProgramBench {
  flasher?: 'auto' | 'none' | ExternalFlasherConfig;
  power?: PowerConfig;
  meter: MeterChoice;
}

/** Flashers that are a program's own protocol or a drive: nothing is started. */
const ownFlashers: ReadonlySet<string> = new Set(['gdb-remote', 'uf2-drive']);

const words = (command: string | readonly string[]): string =>
  typeof command === 'string' ? command : command.join(' ');

function ofFlasher(flasher: ProgramBench['flasher']): string[] {
  if (typeof flasher !== 'object' || ownFlashers.has(flasher.tool)) return [];
  if (flasher.tool !== 'command') {
    const { tool } = flasher;
    return ['command' in flasher && flasher.command !== undefined ? flasher.command : tool];
  }
  return [flasher.write, flasher.readBack, flasher.reset].filter(command => command !== undefined);
}

function ofPower(power: PowerConfig | undefined): string[] {
  if (power?.by === 'command') return [power.on, power.off];
  return power?.by === 'uhubctl' ? [power.command ?? 'uhubctl'] : [];
}

/** The programs that a bench starts, as it names them. */
export function programsOf({ flasher, power, meter }: ProgramBench): string[] {
  const { knownLoad, link } = meter;
  return [
    ...ofFlasher(flasher),
    ...ofPower(power),
    ...(knownLoad ?? [])
      .flatMap(({ connect, disconnect }) => [connect, disconnect])
      .flatMap(one => (one === undefined ? [] : [words(one)])),
    ...(link === 'process:' ? [`the bridge of ${meter.driver}`] : []),
  ];
}

/**
 * A journal may come from anywhere: what it names is started only if the user says so.
 * @throws LF_USAGE
 */
export function checkPrograms(bench: ProgramBench, isAllowed: boolean): void {
  const programs = programsOf(bench);
  if (isAllowed || programs.length === 0) return;
  throw new LittlefirstError('LF_USAGE', 'The journal of this run names programs to be started', {
    expected: '--allow-commands, if the run is your own and you know what they do',
    received: programs.map(program => `"${visibleLine(program)}"`).join(', '),
    hint: 'read the bench in the first line of journal.ndjson before you allow them',
  });
}
