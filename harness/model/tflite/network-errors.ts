import { LittlefirstError } from '../../errors.js';

/** The error that a network is sound but holds what cannot be run here. */
export function unsupported(network: string, received: string, expected: string): LittlefirstError {
  return new LittlefirstError(
    'LF_MODEL_UNSUPPORTED',
    `${network} uses what littlefirst cannot run: ${received}`,
    { expected, received, fields: { file: network } },
  );
}

/** The error that a network's parts do not fit each other. */
export function contradiction(network: string, what: string): LittlefirstError {
  return new LittlefirstError('LF_MODEL_CORRUPT', `${network} contradicts itself: ${what}`, {
    hint: 'convert the model again',
    fields: { file: network },
  });
}
