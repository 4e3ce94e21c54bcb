/**
 * The one error taxonomy of littlefirst. Every failure that a user can meet is a `LittlefirstError` with a stable
 * code, structured fields, and the party who must act.
 */

/** Who must act on an error; decides the exit code (see `exitCodeOf`). */
export type Actor = 'user' | 'bench' | 'dut' | 'meter' | 'harness';

/** Stable codes. Never rename one: scripts outside the project match on them. */
export const errorActors = {
  LF_USAGE: 'user',
  LF_CONFIG_INVALID: 'user',
  LF_UNKNOWN_BOARD: 'user',
  LF_UNKNOWN_CHIP: 'user',
  LF_UNKNOWN_LEVEL: 'user',
  LF_UNKNOWN_STRATEGY: 'user',
  LF_UNKNOWN_TARGET: 'user',
  LF_DATA_MISSING: 'user',
  LF_DATA_CORRUPT: 'user',
  LF_DATA_DOWNLOAD: 'user',
  LF_MODEL_MISSING: 'user',
  LF_MODEL_CORRUPT: 'user',
  LF_MODEL_UNSUPPORTED: 'user',
  LF_BUNDLE_INVALID: 'user',
  LF_BUNDLE_TOO_LARGE: 'user',
  LF_LEVEL_REFUSED: 'user',
  LF_NO_SCHEDULE: 'user',
  LF_RUN_MISSING: 'user',
  LF_RUN_CORRUPT: 'bench',
  LF_TRAINING_FAILED: 'user',
  LF_LINK_OPEN: 'bench',
  LF_LINK_LOST: 'bench',
  LF_LINK_BUSY: 'bench',
  LF_TOOL_MISSING: 'bench',
  LF_EMULATOR_FAILED: 'bench',
  LF_FLASH_FAILED: 'bench',
  LF_FLASH_VERIFY: 'bench',
  LF_DEVICE_AMBIGUOUS: 'bench',
  LF_DEVICE_MISSING: 'bench',
  LF_POWER_FAILED: 'bench',
  LF_PLACE_BUSY: 'bench',
  LF_PLACE_LOST: 'bench',
  LF_PLACE_UNREACHABLE: 'bench',
  LF_FARM: 'bench',
  LF_FARM_ACCESS: 'user',
  LF_FARM_DATABASE: 'bench',
  LF_FARM_LEASE: 'bench',
  LF_FARM_REFUSED: 'user',
  LF_FARM_UNREACHABLE: 'bench',
  LF_DUT_TIMEOUT: 'dut',
  LF_DUT_REPLY: 'dut',
  LF_DUT_ERROR: 'dut',
  LF_DUT_IDENTITY: 'dut',
  LF_DUT_LEVEL: 'dut',
  LF_DUT_MISMATCH: 'dut',
  LF_METER_OPEN: 'meter',
  LF_METER_REPLY: 'meter',
  LF_METER_LOSS: 'meter',
  LF_METER_RANGE: 'meter',
  LF_METER_CHECK: 'meter',
  LF_SEGMENTATION: 'meter',
  LF_JOURNAL: 'harness',
  LF_INTERRUPTED: 'harness',
  LF_INTERNAL: 'harness',
} as const satisfies Record<string, Actor>;

export type ErrorCode = keyof typeof errorActors;

/** Structured facts of an error, written to the journal and the log as they are. */
export type ErrorFields = Record<
  string,
  string | number | boolean | null | undefined | readonly (string | number)[]
>;

export interface ErrorDetail {
  /** What was expected, in words a user understands. */
  expected?: string;
  /** What came instead. */
  received?: string;
  /** What to try. */
  hint?: string;
  fields?: ErrorFields;
  cause?: unknown;
}

/** The base class of all errors that this program raises on purpose. */
export class LittlefirstError extends Error {
  override readonly name = 'LittlefirstError';
  readonly code: ErrorCode;
  readonly actor: Actor;
  readonly detail: ErrorDetail;

  /**
   * @param code stable code, `LF_...`
   * @param summary one sentence: what failed
   * @param detail expected, received, hint and structured fields; the first three become part of the message
   */
  constructor(code: ErrorCode, summary: string, detail: ErrorDetail = {}) {
    const parts = [summary];
    if (detail.expected !== undefined) parts.push(`expected: ${detail.expected}`);
    if (detail.received !== undefined) parts.push(`received: ${detail.received}`);
    if (detail.hint !== undefined) parts.push(`try: ${detail.hint}`);
    super(parts.join('\n  '), detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.actor = errorActors[code];
    this.detail = detail;
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, actor: this.actor, message: this.message, ...this.detail.fields };
  }
}

/** Exit codes of the CLI (CONTRACT). */
export const exitCodes = { pass: 0, fail: 1, inconclusive: 2, bench: 3, usage: 4 } as const;

/** The CLI exit code that an error ends in: 4 for the user's own input, 3 for everything on the bench. */
export function exitCodeOf(error: unknown): number {
  return error instanceof LittlefirstError && error.actor === 'user' ? exitCodes.usage : exitCodes.bench;
}

/** Wraps anything thrown into the taxonomy; a `LittlefirstError` passes through unchanged. */
export function asLittlefirstError(
  error: unknown,
  code: ErrorCode = 'LF_INTERNAL',
  summary?: string,
): LittlefirstError {
  if (error instanceof LittlefirstError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new LittlefirstError(code, summary === undefined ? message : `${summary}: ${message}`, {
    cause: error,
  });
}
