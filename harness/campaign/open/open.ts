import type { PreparedBench } from '../bench/prepare.js';
import type { OpenDut, OpenDutOptions } from './dut.js';
import { openEmulated } from './emulated.js';
import { openReal } from './real.js';

/** Opens what the bench names: the machine or the real link, and the meter. @throws LF_LINK_*, LF_EMULATOR_FAILED, LF_METER_OPEN */
export async function openDut(prepared: PreparedBench, options: OpenDutOptions = {}): Promise<OpenDut> {
  return prepared.bench.link === 'emulated:' ? openEmulated(prepared, options) : openReal(prepared, options);
}
