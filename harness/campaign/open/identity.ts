import { createHash } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import type { ChipLevel } from '../../measure/chip/schema.js';
import type { DutIdentity, LevelReadback, StagesReport } from '../../wire/dut/replies.js';
import type { PreparedBench, PreparedBundle } from '../bench/prepare.js';

/** What a DUT must say of itself. */
export interface ExpectedIdentity {
  board: string;
  image: string;
  blob: string;
  bundle: string;
  windowBytes: number;
}

/** First 16 hex digits of the SHA-256, as `lf id` tells it. */
export function shortHash(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** What a DUT says of itself when it holds this bundle. */
export function expectedIdentity(
  { board, firmware }: Pick<PreparedBench, 'board' | 'firmware'>,
  bundle: PreparedBundle,
): ExpectedIdentity {
  return {
    board: board.name,
    image: firmware.entry.sha256.slice(0, 16),
    blob: shortHash(bundle.blob),
    bundle: bundle.name,
    windowBytes: bundle.windowBytes,
  };
}

/** Whether image and bundle are the expected ones. @throws LF_DUT_IDENTITY for another board, which nobody should flash */
export function identifies(identity: DutIdentity, expected: ExpectedIdentity): boolean {
  const { board } = expected;
  if (identity.board !== board) checkIdentity(identity, expected);
  return identity.image === expected.image && identity.blob === expected.blob;
}

/** @throws LF_DUT_IDENTITY naming everything that differs */
export function checkIdentity(identity: DutIdentity, expected: ExpectedIdentity): void {
  const differing = (Object.keys(expected) as (keyof ExpectedIdentity)[]).filter(
    key => identity[key] !== expected[key],
  );
  if (differing.length === 0) return;
  throw new LittlefirstError('LF_DUT_IDENTITY', 'The DUT does not run what this bench measures', {
    expected: differing.map(key => `${key} ${expected[key]}`).join(', '),
    received: differing.map(key => `${key} ${identity[key]}`).join(', '),
    hint: 'flash the board again with `littlefirst flash`, and check that it is the right board',
    fields: { differing },
  });
}

/** First protocol version whose firmware changes the level between a window's stages. */
const stagesProtocol = 2;

/** @throws LF_DUT_LEVEL for firmware that has one level for all stages */
export function checkTakesStages({ protocol }: Pick<DutIdentity, 'protocol'>): void {
  if (protocol >= stagesProtocol) return;
  throw new LittlefirstError('LF_DUT_LEVEL', 'This firmware cannot give each stage its own level', {
    expected: `protocol ${stagesProtocol} or later`,
    received: `protocol ${protocol}`,
    hint: 'flash the present firmware with `littlefirst flash`, or give the strategy one level',
    fields: { protocol },
  });
}

/**
 * Holds what a DUT says after its windows against the levels of the stages.
 * @param bigWindows windows in which Big ran; each takes two changes
 * @throws LF_DUT_LEVEL when a change did not come, came too seldom, or left other registers
 */
export function checkStages(
  report: StagesReport,
  levels: { gate: ChipLevel; big: ChipLevel },
  bigWindows: number,
): void {
  checkLevel(report.gate, levels.gate);
  checkLevel(report.big, levels.big);
  if (report.failed === 0 && report.changes === 2 * bigWindows) return;
  throw new LittlefirstError('LF_DUT_LEVEL', 'The DUT did not change its level at every escalation', {
    expected: `${2 * bigWindows} changes between ${levels.gate.name} and ${levels.big.name}, none failed`,
    received: `${report.changes} changes, ${report.failed} of them with other registers afterwards`,
    hint: 'a regulator or PLL that did not follow: power-cycle the board',
    fields: { changes: report.changes, failed: report.failed },
  });
}

/** Largest relative difference between a level's clock and what the registers say. */
const clockTolerance = 1e-3;

/** @throws LF_DUT_LEVEL when the registers say another voltage or clock than the level has */
export function checkLevel(readback: Omit<LevelReadback, 'index'>, level: ChipLevel): void {
  const clock = Math.abs(readback.hertz / level.hertz.value - 1);
  if (readback.millivolts === level.millivolts.value && clock <= clockTolerance) return;
  throw new LittlefirstError('LF_DUT_LEVEL', `Level ${level.name} was set, but the DUT reads back another`, {
    expected: `${level.millivolts.value} mV, ${level.hertz.value} Hz`,
    received: `${readback.millivolts} mV, ${readback.hertz} Hz (registers ${readback.registers})`,
    hint: 'a regulator or PLL that did not follow: power-cycle the board',
    fields: { level: level.name, millivolts: readback.millivolts, hertz: readback.hertz },
  });
}
