import { LittlefirstError } from '../../errors.js';
import { ramAddress } from './arguments.js';
import type { Qmp } from './qmp.js';

/**
 * The request by which the timing plugin learns where the firmware's doorbell lies in QEMU's own memory, so that it can answer there; no reset changes that.
 * @throws LF_EMULATOR_FAILED
 */
export async function doorbellRequest(qmp: Qmp): Promise<string> {
  const command = `gpa2hva 0x${ramAddress.toString(16)}`;
  const said = String(await qmp.execute('human-monitor-command', { 'command-line': command })).trim();
  const address = /is 0x([0-9a-f]+)$/.exec(said)?.[1];
  if (address === undefined)
    throw new LittlefirstError('LF_EMULATOR_FAILED', "QEMU does not say where the board's RAM lies", {
      expected: `an address, answering "${command}"`,
      received: said,
      hint: 'use QEMU 7.2 or 8.x',
    });
  return `memory ${address}\n`;
}
