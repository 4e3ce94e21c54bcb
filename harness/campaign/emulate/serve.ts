import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { parseServeLink } from '../../emulator/instruments/link.js';
import { type Served, serveTcp, serveTerminal } from '../../emulator/instruments/serve.js';

/**
 * Serves something at a path, which becomes a serial port, or on a TCP port.
 * @param create makes what a client is joined with: one for a terminal, one a connection
 * @param link `tcp:PORT`, `tcp:HOST:PORT`, `serial:PATH` or a path
 * @param folder what relative paths belong to
 * @throws LF_USAGE for anything else, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function serveAt(create: () => Duplex, link: string, folder: string): Promise<Served> {
  const at = parseServeLink(link);
  return at.kind === 'tcp'
    ? serveTcp(create, at.port, at.host)
    : serveTerminal(create, resolve(folder, at.path));
}
