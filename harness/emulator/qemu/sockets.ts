import { createServer, type Server, type Socket } from 'node:net';
import { LittlefirstError } from '../../errors.js';

/** Longest path of a unix socket on Linux, without its terminating zero (sockaddr_un). */
const longestPath = 107;

/** A unix socket that one client will connect to. */
export interface AwaitedClient {
  /** The client's connection; never settles if nobody comes. */
  connection: Promise<Socket>;
  /** Stops listening. */
  close(): void;
}

/**
 * Listens on a unix socket for one client.
 * @throws LF_EMULATOR_FAILED if the path cannot be listened on
 */
export async function awaitClient(path: string): Promise<AwaitedClient> {
  if (path.length > longestPath) {
    throw new LittlefirstError(
      'LF_EMULATOR_FAILED',
      'The folder for the emulator’s sockets has too long a path',
      {
        expected: `at most ${longestPath} characters`,
        received: path,
        hint: 'set TMPDIR to a shorter folder',
      },
    );
  }
  const server: Server = createServer();
  const connection = new Promise<Socket>(resolve => {
    server.once('connection', socket => {
      server.close();
      resolve(socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', error =>
      reject(
        new LittlefirstError('LF_EMULATOR_FAILED', `Cannot listen on ${path}`, {
          received: error.message,
          cause: error,
        }),
      ),
    );
    server.listen(path);
  });
  return { connection, close: () => server.close() };
}
