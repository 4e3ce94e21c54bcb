import { expect } from 'chai';
import { type ErrorCode, LittlefirstError } from '../errors.js';

/** For tests: the error that an action ends in, which must have this code. */
export async function failure(action: Promise<unknown>, code: ErrorCode): Promise<LittlefirstError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(LittlefirstError);
  expect((error as LittlefirstError).code, (error as Error).message).to.equal(code);
  return error as LittlefirstError;
}

/** For tests: code and message of the error that an action ends in, or `none`. Other errors are thrown. */
export async function messageOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (error instanceof LittlefirstError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}
