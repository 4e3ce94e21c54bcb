import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { type Served, serveTcp, serveTerminal } from '../../emulator/instruments/serve.js';
import { LittlefirstError } from '../../errors.js';

/**
 * Serves something at a path, which becomes a serial port, or at `tcp:PORT` of this machine.
 * @param create makes what a client is joined with: one for a terminal, one a connection
 * @param folder what relative paths belong to
 * @throws LF_USAGE for anything that is neither, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function serveAt(create: () => Duplex, link: string, folder: string): Promise<Served> {
  const tcp = /^tcp:(?:(?:127\.0\.0\.1|localhost):)?(\d{1,5})$/.exec(link);
  if (tcp !== null && Number(tcp[1]) <= 65_535) return serveTcp(create, Number(tcp[1]));
  if (tcp !== null || /^[a-z0-9]+:/i.test(link) || link === '')
    throw new LittlefirstError('LF_USAGE', `"${link}" is no place to serve a line at`, {
      expected: 'a path, which becomes a serial port, or tcp:PORT (0: any free one)',
      received: link,
    });
  return serveTerminal(create, resolve(folder, link));
}
