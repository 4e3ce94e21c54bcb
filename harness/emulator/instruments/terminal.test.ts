import { randomBytes, scrypt } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { openTerminal } from './terminal.js';

describe("an instrument's terminal", function () {
  this.timeout(60_000);

  /** More than the pool of threads has by default, each for some milliseconds. */
  function occupyPool(onDone: () => void): Promise<unknown> {
    const job = () =>
      new Promise<void>(resolve =>
        scrypt('pool', 'salt', 16, { N: 8192 }, () => {
          onDone();
          resolve();
        }),
      );
    return Promise.all(Array.from({ length: 12 }, job));
  }

  it('passes on what an instrument says at once, however busy the threads of this process are', async () => {
    const terminal = openTerminal();
    try {
      const order: string[] = [];
      const jobs = occupyPool(() => order.push('a job'));
      for (const word of ['first', 'second', 'third']) terminal.port.write(word, () => order.push(word));
      await jobs;
      expect(order.slice(0, 3)).to.deep.equal(['first', 'second', 'third']);
    } finally {
      terminal.close();
    }
  });

  it('keeps every byte in its order for a client that reads late', async () => {
    const terminal = openTerminal();
    const client = openSync(terminal.path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      const sent = randomBytes(100_000);
      for (let at = 0; at < sent.length; at += 1000) terminal.port.write(sent.subarray(at, at + 1000));
      const heard: Buffer[] = [];
      let count = 0;
      const room = Buffer.alloc(65_536);
      while (count < sent.length) {
        try {
          const read = readSync(client, room);
          heard.push(Buffer.from(room.subarray(0, read)));
          count += read;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
          await pause(1);
        }
      }
      expect(Buffer.concat(heard).equals(sent)).to.equal(true);
    } finally {
      closeSync(client);
      terminal.close();
    }
  });
});
