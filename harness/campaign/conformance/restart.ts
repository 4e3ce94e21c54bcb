import { Deadline } from '../../wire/dut/budgets.js';
import { type Check, fail, pass, skip } from './finding.js';
import type { Rig } from './rig.js';

export const restart: Check = {
  name: 'restart',
  title: 'starts anew from its reset pin, says so, and gives no reason that is not there',
  look: 'port_reset_reason: 0 after power and pin; sticky flags of earlier starts must be cleared once they are read; port_init must not need a clean past',
  run: async ({ client, dut }) => {
    if (dut.restart === undefined && dut.power === undefined)
      return skip('this bench can neither reset nor power the board: give it a flasher or a power switch');
    const before = await client.id(client.nonce());
    if (before.resetReason !== undefined)
      return fail(`after it was flashed it says that it was restarted by "${before.resetReason}"`);
    for (let i = 0; i < 2; i++) {
      if (dut.restart !== undefined) await dut.restart();
      else await dut.power?.cycle();
      const after = await dut.client.sync();
      if (after.since === before.since) return fail('it answers as if it had not been restarted');
      if (after.resetReason !== undefined)
        return fail(`after the reset pin it says that it was restarted by "${after.resetReason}"`);
    }
    return pass('twice, without a reason of its own');
  },
};

/** Function that computes a window, and what hangs a Thumb core: a jump to itself. */
const computes = 'cascade_step';
const jumpToItself = Uint8Array.of(0xfe, 0xe7);
/** Share of the stated time by which a watchdog may be early or late. Assumed: its clock may be an RC oscillator. */
const watchdogTolerance = 0.3;
const longestGuardMicroseconds = 10_000_000;

/** Lets the core hang in the next window. @returns what it says up to the end of its next start @throws LF_DUT_TIMEOUT if that takes twice as long as it may */
async function hang(rig: Rig, address: number, seconds: number): Promise<string[]> {
  const { machine } = rig.emulated!;
  const right = await machine.read(address, jumpToItself.length);
  await machine.load([{ address, data: jumpToItself }]);
  const lines: string[] = [];
  const deadline = new Deadline('loop', 2000 * (seconds + 1), rig.dut.boardClock);
  try {
    rig.send('lf loop 1%');
    while (lines.at(-1) !== 'm-init-done') lines.push(await rig.client.line.next(deadline));
    return lines;
  } finally {
    await machine.load([{ address, data: right }]);
  }
}

export const watchdog: Check = {
  name: 'watchdog',
  title:
    'is restarted by its watchdog when its core hangs, and says so until the next start; a sleep of any length is no hang',
  look: 'port_init must start the watchdog, port_progress alone may feed it, no interrupt; port_sleep stops it or lets it be fed; port_reset_reason must say `watchdog`; watchdogSeconds of board.yaml',
  run: async rig => {
    const { board, boardLevels } = rig.prepared;
    const { watchdogSeconds: seconds } = board;
    if (seconds === undefined) return skip('its board file names no watchdog (watchdogSeconds)');
    if (rig.emulated === undefined) return skip("a real board's core is made to hang by a debugger only");
    const address = (await rig.symbols())?.get(computes);
    if (address === undefined) return skip('the image has no ELF file beside it');
    const slowest = boardLevels.reduce((least, _, i) => (rig.hertz(i) < rig.hertz(least) ? i : least), 0);
    await rig.client.level(slowest);
    await rig.loadWindows(1);
    await rig.client.guard(Math.min(longestGuardMicroseconds, Math.round(seconds * 1.2e6)));
    await rig.client.loop(1);
    await rig.client.guard(0);
    await rig.settle();
    const before = rig.boardTime();
    const lines = await hang(rig, address, seconds);
    await rig.settle();
    const hung = (rig.boardTime() - before) / 1000;
    const reason = lines.find(line => line.startsWith('m-reset-'));
    if (reason !== 'm-reset-[watchdog]') return fail(`its core hung, then it said ${reason ?? 'no reason'}`);
    const { resetReason } = await rig.client.sync();
    if (resetReason !== 'watchdog')
      return fail(`the banner says watchdog, \`lf id\` says ${resetReason ?? 'nothing'}`);
    if (rig.isVirtual && Math.abs(hung / seconds - 1) > watchdogTolerance)
      return fail(
        `it took ${hung.toFixed(2)} s to restart a core that hangs, its board file says ${seconds}`,
      );
    await rig.dut.restart?.();
    const after = await rig.client.sync();
    if (after.resetReason !== undefined)
      return fail(`after the reset pin it still says "${after.resetReason}"`);
    return pass(rig.isVirtual ? `after ${hung.toFixed(2)} s` : 'once');
  },
};
