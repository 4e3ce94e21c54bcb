import { asLittlefirstError } from '../../errors.js';
import type { PreparedBench } from '../bench/prepare.js';
import type { OpenDutOptions } from '../open/dut.js';
import { checks } from './all.js';
import type { Check, Finding } from './finding.js';
import { paintStack } from './memory.js';
import { Rig } from './rig.js';

const usualGuardMicroseconds = 100;

export interface ConformanceOptions extends OpenDutOptions {
  /** Names of the checks that are wanted; default: all. */
  only?: readonly string[];
  onFinding?: (finding: Finding) => void;
  signal?: AbortSignal;
}

const told = (error: unknown): string => {
  const { code, message } = asLittlefirstError(error);
  return `${code} ${message.split('\n').slice(0, 3).join('; ')}`;
};

/** Image and bundle on the board, an answer from it, and its stack painted. */
const answers: Omit<Check, 'run'> & { run: (rig: Rig) => Promise<string> } = {
  name: 'answers',
  title: 'takes its image and answers',
  look: 'port_init and uart_handler: pins, baud rate (a wrong core clock shows as one), interrupt number in port_config.h, the vector table at the start of the image; a debugger shows in which loop the core waits',
  run: async rig => {
    await rig.dut.flash?.(rig.bundle.blob);
    const { board } = await rig.client.sync();
    await rig.settle();
    await paintStack(rig);
    return `${board} answers`;
  },
};

/** Whatever the check before has left, the board waits for a command at its first level. */
async function toOrder(rig: Rig): Promise<void> {
  await rig.dut.client.sync();
  await rig.dut.client.level(0);
  await rig.dut.client.guard(usualGuardMicroseconds);
  await rig.dut.client.strategy(rig.bundle.strategies[0]);
}

/** Tries to get a board back that a check has brought down. */
async function revive(rig: Rig): Promise<void> {
  try {
    await rig.dut.client.sync();
  } catch (error) {
    if (rig.dut.restart === undefined) throw error;
    await rig.dut.restart();
    await rig.dut.client.sync();
  }
}

async function tried(check: Check, rig: Rig): Promise<Finding> {
  const { name, title, look } = check;
  const finding = { check: name, title };
  try {
    await toOrder(rig);
    const { verdict, seen } = await check.run(rig);
    return { ...finding, verdict, seen, ...(verdict === 'fail' ? { look } : {}) };
  } catch (error) {
    return { ...finding, verdict: 'fail', seen: told(error), look };
  }
}

/**
 * Tries what a port must guarantee, check by check. A board that no check can bring back skips what is left.
 * @returns a finding for each check, in their order
 * @throws what opening the bench throws; the signal's reason
 */
export async function checkConformance(
  prepared: PreparedBench,
  { only, onFinding, signal, ...options }: ConformanceOptions = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (finding: Finding) => {
    findings.push(finding);
    onFinding?.(finding);
  };
  const wanted = checks.filter(({ name }) => only === undefined || only.includes(name));
  const rig = await Rig.open(prepared, options);
  try {
    const { name: check, title, look } = answers;
    let gone: string | undefined;
    try {
      add({ check, title, verdict: 'pass', seen: await answers.run(rig) });
    } catch (error) {
      gone = told(error);
      add({ check, title, verdict: 'fail', seen: gone, look });
    }
    for (const one of wanted) {
      signal?.throwIfAborted();
      if (gone !== undefined) {
        add({ check: one.name, title: one.title, verdict: 'skip', seen: 'the board no longer answers' });
        continue;
      }
      const finding = await tried(one, rig);
      add(finding);
      if (finding.verdict !== 'fail') continue;
      await revive(rig).catch((error: unknown) => {
        gone = told(error);
      });
    }
    return findings;
  } finally {
    await rig.close();
  }
}
