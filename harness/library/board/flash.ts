import { type BenchOverrides, loadBench } from '../../campaign/bench/load.js';
import { type PreparedBench, prepareBench } from '../../campaign/bench/prepare.js';
import type { OpenDutOptions } from '../../campaign/open/dut.js';
import { checkIdentity, expectedIdentity } from '../../campaign/open/identity.js';
import { openDut } from '../../campaign/open/open.js';
import { whileHeld } from '../../campaign/open/place.js';
import type { Fault } from '../../campaign/station.js';
import { LittlefirstError } from '../../errors.js';
import type { DutIdentity } from '../../wire/dut/replies.js';
import type { FlashReport } from '../../wire/flash/flasher.js';
import { defaultBench } from '../run/campaign.js';

export interface FlashOptions extends Pick<BenchOverrides, 'board' | 'chip' | 'bundle'> {
  models?: string;
  onFault?: (fault: Omit<Fault, 'action'>) => void;
  /** Ends it early, with the line closed; what is in the flash is then undefined. */
  signal?: AbortSignal;
}

/**
 * Writes image and first bundle of a bench, and proves by the board's own answer that they are there.
 * @throws LF_USAGE for several boards or no flasher; LF_FLASH_*, LF_DUT_*, and as `openBench`; the signal's reason
 */
export async function flashBoard(
  file = defaultBench,
  options: FlashOptions = {},
): Promise<{ report: FlashReport; identity: DutIdentity }> {
  const { models, onFault, signal, ...overrides } = options;
  const bench = await loadBench(file, { ...overrides, data: 'synthetic', windows: 1 });
  const [prepared, ...others] = (await prepareBench(bench, { models })).duts;
  if (others.length > 0)
    throw new LittlefirstError('LF_USAGE', 'This bench has several boards', {
      expected: 'one of them: --board and --chip',
      received: bench.duts.map(dut => dut.board).join(', '),
    });
  return whileHeld(bench, { signal }, (held, place) =>
    flashHeld(prepared, { place, onFault: fault => fault.isDetail !== true && onFault?.(fault) }, held),
  );
}

async function flashHeld(
  prepared: PreparedBench,
  options: OpenDutOptions,
  signal: AbortSignal | undefined,
): Promise<{ report: FlashReport; identity: DutIdentity }> {
  const [bundle] = prepared.bundles;
  const dut = await openDut(prepared, options);
  try {
    if (dut.flash === undefined)
      throw new LittlefirstError('LF_USAGE', 'This bench has no flasher', {
        expected: 'a block flasher: that names a tool',
        received: 'flasher: none',
      });
    const report = await dut.flash(bundle.blob, signal);
    const identity = await dut.client.sync(signal);
    checkIdentity(identity, expectedIdentity(prepared, bundle));
    return { report, identity };
  } finally {
    await dut.close();
  }
}
