import { LittlefirstError } from '../../errors.js';

/** Where an emulated instrument is served. */
export type ServeLink = { kind: 'tcp'; host: string; port: number } | { kind: 'terminal'; path: string };

/**
 * Reads where to serve: `tcp:PORT` (this machine only), `tcp:HOST:PORT` (the address to listen on; an IPv6 one in brackets), `serial:PATH` or a
 * path. A path that begins like a URL is written with `./` before it.
 * @throws LF_USAGE for anything else
 */
export function parseServeLink(text: string): ServeLink {
  const refuse = (what: string): LittlefirstError =>
    new LittlefirstError('LF_USAGE', `${JSON.stringify(text)} is no link to serve at: ${what}`, {
      expected: 'tcp:PORT, tcp:HOST:PORT, serial:PATH or a path; port 0 takes any free one',
      received: text,
      hint: 'a file whose name has a colon is written with ./ before it',
    });
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) {
    if (text.trim() === '') throw refuse('it is empty');
    return { kind: 'terminal', path: text };
  }
  if (scheme.toLowerCase() === 'serial') {
    if (rest.trim() === '') throw refuse('it has no path');
    return { kind: 'terminal', path: rest };
  }
  if (scheme.toLowerCase() !== 'tcp') throw refuse(`nothing is served at "${scheme}:"`);
  const match = /^(?:\/\/)?(?:(\[[0-9a-f:.]+\]|[^:/\s[\]]+):)?(\d{1,5})$/i.exec(rest);
  if (match === null) throw refuse('the port is a number behind the last colon');
  const port = Number(match[2]);
  if (port > 65_535) throw refuse('the port is above 65535');
  return { kind: 'tcp', host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}
