import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readlink, rm, symlink } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LittlefirstError } from '../../errors.js';
import { openTerminal } from './terminal.js';

/** An open way in for clients. */
export interface Served {
  /** As a link URL: `tcp:HOST:PORT` or `serial:PATH`. */
  address: string;
  close: () => Promise<void>;
}

/** Joins both directions; one side's end is the other's. */
function join(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ]) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

/**
 * Serves instruments on a TCP port of this machine.
 * @param create what a connection is joined to: a new instrument, or another way into the same one
 * @param port 0: any free one
 * @param host address to listen on
 * @throws LF_LINK_BUSY
 */
export async function serveTcp(create: () => Duplex, port: number, host = '127.0.0.1'): Promise<Served> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
    join(socket, create());
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new LittlefirstError('LF_LINK_BUSY', `TCP port ${port} of ${host} cannot be listened on`, {
      received: cause instanceof Error ? cause.message : String(cause),
      hint: 'tcp:0 takes any free port',
      cause,
    });
  }
  return {
    address: `tcp:${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Removes a link to a terminal that is gone: what a process left that was killed. */
async function removeDeadLink(path: string): Promise<void> {
  const target = await readlink(path).catch(() => '');
  if (target.startsWith('/dev/pts/') && !existsSync(target)) await rm(path, { force: true });
}

/**
 * Serves one instrument on a terminal that looks like its serial port; a symbolic link names it.
 * @throws LF_USAGE when the link cannot be made, LF_TOOL_MISSING
 */
export async function serveTerminal(create: () => Duplex, path: string): Promise<Served> {
  const terminal = openTerminal();
  await removeDeadLink(path);
  try {
    await symlink(terminal.path, path);
  } catch (cause) {
    terminal.close();
    throw new LittlefirstError('LF_USAGE', `The link ${path} cannot be made`, {
      expected: 'a path that does not exist, in a folder that may be written to',
      received: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  const instrument = create();
  join(terminal.port, instrument);
  return {
    address: `serial:${path}`,
    close: async () => {
      await rm(path, { force: true });
      instrument.destroy();
      terminal.close();
    },
  };
}
