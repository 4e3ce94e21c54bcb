import { once } from 'node:events';
import { connect } from 'node:net';
import { execa } from 'execa';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { afterAttended, pause } from '../../host/attended-clock.js';
import type { Machine } from '../../machine/machine.js';
import { fillCommand } from '../flash/external/command.js';
import { killAfterMilliseconds, lastLines, shortLines } from '../flash/external/run.js';

/** Switches the supply of a DUT. */
export interface PowerControl {
  readonly name: string;
  /** Returns when the supply is off. @throws LF_POWER_FAILED, LF_TOOL_MISSING, LF_METER_REPLY */
  off(): Promise<void>;
  /** Returns when the supply is on; the DUT boots then. @throws LF_POWER_FAILED */
  on(): Promise<void>;
  /**
   * Off, long enough for the capacitors to empty, on, and whatever must be looked at again afterwards. Cancelled, it ends early, with the
   * supply on if it can be.
   */
  cycle(signal?: AbortSignal): Promise<void>;
}

export interface CycleOptions {
  /** Time without supply. Default 1 s: the bulk capacitors of a development board empty in less. */
  offMilliseconds?: number;
  /** Called after the supply is back: finds the device again and checks that it is still the same one. */
  identify?: (signal?: AbortSignal) => Promise<void>;
}

export function powerError(
  name: string,
  expected: string,
  received: string,
  cause?: unknown,
): LittlefirstError {
  return new LittlefirstError('LF_POWER_FAILED', `The power of the DUT could not be switched (${name})`, {
    expected,
    received,
    hint: 'check the switch, its address and permissions by hand',
    fields: { switch: name },
    cause,
  });
}

/** A power control from the two things that differ. */
export function powerControl(
  name: string,
  set: (on: boolean, signal?: AbortSignal) => Promise<void>,
  options: CycleOptions = {},
): PowerControl {
  const switchTo = async (on: boolean, signal?: AbortSignal) => {
    try {
      await set(on, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof LittlefirstError) throw error;
      throw powerError(name, `the supply ${on ? 'on' : 'off'}`, asLittlefirstError(error).message, error);
    }
  };
  return {
    name,
    off: () => switchTo(false),
    on: () => switchTo(true),
    cycle: async signal => {
      try {
        await switchTo(false, signal);
        await pause(options.offMilliseconds ?? 1_000, signal);
      } catch (error) {
        if (signal?.aborted) await switchTo(true).catch(() => undefined);
        throw error;
      }
      await switchTo(true);
      signal?.throwIfAborted();
      await options.identify?.(signal);
    },
  };
}

/** An emulated board: its RAM is lost, its flash is kept. */
export function machinePower(
  machine: Pick<Machine, 'board' | 'power'>,
  options: CycleOptions = {},
): PowerControl {
  return powerControl(`emulated ${machine.board}`, on => machine.power(on), {
    offMilliseconds: 0,
    ...options,
  });
}

/** A meter that feeds the DUT: the supply is its own. @param supply switches the meter's output */
export function meterPower(
  name: string,
  supply: (on: boolean) => Promise<void>,
  options: CycleOptions = {},
): PowerControl {
  return powerControl(`supply of ${name}`, supply, options);
}

export interface CommandPowerOptions extends CycleOptions {
  /** Program and arguments; no shell is involved. */
  on: string;
  off: string;
  /** Filled in for `{name}` in the commands. */
  values?: Record<string, string>;
  budgetMilliseconds?: number;
  /** What the output must match after switching, where the exit status does not tell. */
  expectOn?: RegExp;
  expectOff?: RegExp;
}

/** A relay, a farm's power switch, or anything else that two commands switch. */
export function commandPower(name: string, options: CommandPowerOptions): PowerControl {
  const budget = options.budgetMilliseconds ?? 30_000;
  return powerControl(
    name,
    async (on, signal) => {
      const [command, ...args] = fillCommand(on ? options.on : options.off, options.values ?? {});
      const result = await execa(command, args, {
        all: true,
        reject: false,
        stdin: 'ignore',
        timeout: budget,
        cancelSignal: signal,
        forceKillAfterDelay: killAfterMilliseconds,
      });
      signal?.throwIfAborted();
      const output = shortLines(result.all ?? '');
      const expected = on ? options.expectOn : options.expectOff;
      if (result.code === 'ENOENT')
        throw new LittlefirstError('LF_TOOL_MISSING', `${command} cannot be started`, {
          expected: `the program ${command} on the PATH`,
          hint: `install ${command}, or give its path in the bench file`,
        });
      if (result.timedOut) throw powerError(name, `an end within ${budget} ms`, lastLines(output));
      if (result.failed || (expected !== undefined && !expected.test(output)))
        throw powerError(
          name,
          `the supply ${on ? 'on' : 'off'}`,
          `exit status ${result.exitCode}; ${lastLines(output)}`,
        );
    },
    options,
  );
}

export interface UhubctlOptions extends CycleOptions {
  command?: string;
  /** Serial number of what must hang on the port: hubs renumber, and the wrong board must not lose its power. */
  serialNumber?: string;
}

/** @throws LF_DEVICE_AMBIGUOUS when another device is on the port that is to be switched off */
async function checkHubPort(location: string, port: number, options: UhubctlOptions): Promise<void> {
  const { serialNumber, command = 'uhubctl' } = options;
  if (serialNumber === undefined) return;
  const { all = '' } = await execa(command, ['-e', '-l', location, '-p', String(port)], {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
  });
  const [, connected] = new RegExp(`Port ${port}: [0-9a-f]+ .*\\[(.*)\\]`).exec(shortLines(all)) ?? [];
  if (connected === undefined || connected === '' || connected.split(' ').includes(serialNumber)) return;
  throw new LittlefirstError('LF_DEVICE_AMBIGUOUS', `Port ${port} of hub ${location} has another device`, {
    expected: `serial number ${serialNumber}, or nothing that answers`,
    received: connected,
    hint: 'hubs are renumbered when they are plugged: look with `uhubctl` and correct location and port',
    fields: { location, port },
  });
}

/**
 * A USB hub that switches its ports, by uhubctl. Its texts ("New status for hub 1-1 [...]", "  Port 2: 0000 off", "  Port 2: 0103 power
 * enable connect [vid:pid vendor product serial]") are those of its uhubctl.c and of published sessions.
 * @param location hub as uhubctl names it, e.g. `1-1.4`, never searched for
 * @param port number of the port on that hub
 */
export function uhubctlPower(location: string, port: number, options: UhubctlOptions = {}): PowerControl {
  const values = { location, port: String(port) };
  const base = `${options.command ?? 'uhubctl'} -e -l {location} -p {port} -a`;
  const name = `uhubctl ${location} port ${port}`;
  const hub = commandPower(name, {
    ...options,
    values,
    on: `${base} on`,
    off: `${base} off`,
    expectOn: new RegExp(`New status[\\s\\S]*Port ${port}: [0-9a-f]+ .*power`),
    expectOff: new RegExp(`New status[\\s\\S]*Port ${port}: [0-9a-f]+ off`),
  });
  return powerControl(
    name,
    async on => {
      if (on) return hub.on();
      await checkHubPort(location, port, options);
      await hub.off();
    },
    options,
  );
}

export interface ScpiPowerOptions extends CycleOptions {
  host: string;
  /** Raw SCPI socket; Keysight and many others: 5025. */
  port?: number;
  /** Channel list, e.g. `(@1)`, where the instrument has several outputs. */
  channels?: string;
  budgetMilliseconds?: number;
}

/** An output of a bench supply over a raw SCPI socket; the state is read back. */
export function scpiPower(options: ScpiPowerOptions): PowerControl {
  const port = options.port ?? 5025;
  const name = `SCPI output at ${options.host}:${port}`;
  const budget = options.budgetMilliseconds ?? 5_000;
  return powerControl(
    name,
    async on => {
      const list = options.channels === undefined ? '' : `,${options.channels}`;
      const query = options.channels === undefined ? '' : ` ${options.channels}`;
      const socket = connect({ host: options.host, port }).setEncoding('utf8');
      const cancel = afterAttended(() => socket.destroy(new Error(`no answer within ${budget} ms`)), budget);
      try {
        await once(socket, 'connect');
        socket.write(`OUTP ${on ? 'ON' : 'OFF'}${list}\nOUTP?${query}\n`);
        let answer = '';
        for await (const chunk of socket) {
          answer += chunk as string;
          if (answer.includes('\n')) break;
        }
        const state = answer.trim();
        if (state !== (on ? '1' : '0')) throw powerError(name, on ? '1' : '0', JSON.stringify(state));
      } finally {
        cancel();
        socket.destroy();
      }
    },
    options,
  );
}
