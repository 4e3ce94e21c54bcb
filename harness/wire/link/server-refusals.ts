import { LittlefirstError } from '../../errors.js';

/** What terminal servers say instead of passing a port on (ser2net 4.3.11's own texts, and the like of others), what it means, and its cure. */
const refusals: readonly { pattern: RegExp; code: 'LF_LINK_BUSY' | 'LF_LINK_OPEN'; hint: string }[] = [
  {
    pattern: /port(?:'s device)? (?:is )?already in use|port is in use|new user is coming/i,
    code: 'LF_LINK_BUSY',
    hint: 'another client has the port: end it, or let the server end it (ser2net: kickolduser)',
  },
  {
    pattern: /device open failure|unable to open|could not open/i,
    code: 'LF_LINK_OPEN',
    hint: "the server cannot open its own device: look at the device's path and rights there",
  },
];

/** The refusal in what a server said before it closed the connection; undefined when it said none. */
export function serverRefusal(said: string): LittlefirstError | undefined {
  const found = refusals.find(({ pattern }) => pattern.test(said));
  if (found === undefined) return undefined;
  return new LittlefirstError(found.code, 'The terminal server refuses the line', {
    expected: 'the device behind it',
    received: JSON.stringify(said.trim().slice(-120)),
    hint: found.hint,
  });
}
