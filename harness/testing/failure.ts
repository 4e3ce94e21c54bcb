import { expect } from 'chai';
import { type ErrorCode, LittlefirstError } from '../errors.js';

/*
 * How tests expect an error: of a promise, or of a function that throws or answers a promise. An error that is no
 * LittlefirstError is thrown on, with its own stack.
 */
type Action = PromiseLike<unknown> | (() => unknown);

function known(error: unknown): LittlefirstError {
  if (error instanceof LittlefirstError) return error;
  throw error;
}

async function errorOf(action: Action): Promise<LittlefirstError | undefined> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    return known(error);
  }
  return undefined;
}

function expected(error: LittlefirstError | undefined, code: ErrorCode | undefined): LittlefirstError {
  if (error === undefined) throw new Error(`expected ${code ?? 'an error'}, nothing was thrown`);
  if (code !== undefined) expect(error.code, error.message).to.equal(code);
  return error;
}

/** The error that an action ends in, which must have this code if one is given. */
export async function failure(action: Action, code?: ErrorCode): Promise<LittlefirstError> {
  return expected(await errorOf(action), code);
}

/** The error that a function throws at once, which must have this code if one is given. */
export function thrown(action: () => unknown, code?: ErrorCode): LittlefirstError {
  let error: LittlefirstError | undefined;
  try {
    action();
  } catch (caught) {
    error = known(caught);
  }
  return expected(error, code);
}

/** The code of the error that an action ends in, or `none`. */
export async function codeOf(action: Action): Promise<ErrorCode | 'none'> {
  return (await errorOf(action))?.code ?? 'none';
}

/** Code and message of the error that an action ends in, or `none`. */
export async function messageOf(action: Action): Promise<string> {
  const error = await errorOf(action);
  return error === undefined ? 'none' : `${error.code} ${error.message}`;
}
