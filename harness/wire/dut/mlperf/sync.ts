import { randomInt } from 'node:crypto';
import { LittlefirstError } from '../../../errors.js';
import { pause } from '../../../host/attended-clock.js';
import type { DutFault } from '../stream.js';
import type { MlperfLine } from './line.js';

/** Times that `sync` asks before it gives up. */
export const syncAttempts = 4;
/** Echoes in a row that make a sync. */
const syncEchoes = 2;
/** Times that an interface board is restarted before `sync` gives up. */
const mostRestarts = 6;
/** Before the second restart, milliseconds; doubled each time. Assumed: the DUT's last reply takes 40 ms at 9600 baud. */
const firstPauseMilliseconds = 50;

export interface SyncOptions {
  /** For all attempts together, milliseconds. */
  milliseconds: number;
  /** Largest buffer that is asked for, bytes: no more than the DUT's input. */
  mostBytes: number;
  onFault: (fault: DutFault) => void;
}

/**
 * Brings both sides to "the DUT waits for a command": two numbers of bytes, drawn at random, must be echoed by `db load`, one after the
 * other, and everything before their echoes is skipped, however many replies it holds. No number is drawn twice, so that a late echo of an
 * earlier attempt is never taken for this one's; the second is asked for where old output might hold the first.
 *
 * An interface board gives one reply of the DUT for each command, the oldest that it holds. Where the DUT said `m-ready` unasked, as at its
 * start, all replies come one command late from then on, and no further command changes that: only a restart of the board, which forgets
 * what it holds (`setbaud` with the rate that it has). A reply that is still on its way then comes late again, so that it is given more time before each further restart.
 * @throws LF_DUT_TIMEOUT, LF_DUT_REPLY, LF_LINK_LOST
 */
export async function synchronise(line: MlperfLine, options: SyncOptions): Promise<void> {
  const { milliseconds, mostBytes, onFault } = options;
  const each = milliseconds / syncAttempts;
  const drawn = new Set<number>();
  const draw = () => {
    let bytes = randomInt(1, mostBytes + 1);
    while (drawn.has(bytes) && drawn.size < mostBytes) bytes = randomInt(1, mostBytes + 1);
    drawn.add(bytes);
    return bytes;
  };
  const isInStep = async (): Promise<boolean> => {
    for (let i = 0; i < syncEchoes; i += 1) {
      const bytes = draw();
      if (!(await line.find(`db load ${bytes}`, `m-[Expecting ${bytes} bytes]`, each))) return false;
    }
    return true;
  };
  let restarts = 0;
  for (let attempt = 1; ; ) {
    try {
      if (await isInStep()) return;
      if (restarts === mostRestarts) throw neverInStep();
      if (restarts > 0) await pause(firstPauseMilliseconds * 2 ** (restarts - 1));
      restarts += 1;
      await restartBoard(line, each);
      onFault({
        code: 'LF_DUT_REPLY',
        message:
          'The interface board was a reply behind: the DUT had said m-ready unasked, as when it starts',
        action: 'the interface board was restarted (setbaud with its own rate)',
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'LF_DUT_TIMEOUT' || attempt === syncAttempts) throw error;
      attempt += 1;
    }
  }
}

/** Restarts an interface board at the rate that it has. @throws LF_DUT_REPLY where it cannot tell its rate, LF_DUT_TIMEOUT, LF_LINK_LOST */
async function restartBoard(line: MlperfLine, milliseconds: number): Promise<void> {
  const said = (await line.boardCommand('checkbaud', milliseconds)).join(' ');
  const rate = /baud is: (\d+)/.exec(said)?.[1];
  if (rate === undefined) throw neverInStep(said);
  await line.boardCommand(`setbaud ${rate}`, milliseconds);
  await awaitBoard(line, milliseconds);
}

/** Asks an interface board for its name until it has started. @throws LF_DUT_TIMEOUT, LF_LINK_LOST */
export async function awaitBoard(line: MlperfLine, milliseconds: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await line.boardCommand('name', milliseconds);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'LF_DUT_TIMEOUT' || attempt === syncAttempts) throw error;
    }
  }
}

function neverInStep(said?: string): LittlefirstError {
  return new LittlefirstError('LF_DUT_REPLY', 'The interface board stays a reply behind', {
    expected: "the DUT's reply to the command that was passed on",
    received: said === undefined ? 'the reply to the one before, again' : `"${said}" to checkbaud`,
    hint: 'reset the interface board while the DUT runs; a DUT that starts again and again says m-ready each time',
  });
}
