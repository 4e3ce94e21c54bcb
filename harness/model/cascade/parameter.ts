import { LittlefirstError } from '../../errors.js';

/** That a strategy's parameter is no integer up to its limit. */
export function parameterError(strategy: string, parameter: number, limit: number): LittlefirstError {
  return new LittlefirstError('LF_USAGE', `parameter of strategy ${strategy} is out of range`, {
    expected: `an integer from 0 to ${limit}`,
    received: String(parameter),
  });
}
