import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import { makeFolder } from '../../host/make-folder.js';
import { traced } from '../../host/trace.js';
import { writeFileAtomically } from '../../record/atomic-file.js';
import type { FarmClient } from './client.js';

const failure = z.strictObject({
  cause: z.enum(['bench', 'dut', 'input', 'cancelled']),
  code: z.string(),
  message: z.string(),
});

/** What is kept of an attempt until the farm has it. */
const deliverySchema = z.strictObject({
  schema: z.literal('littlefirst.delivery/1'),
  attempt: z.uuid(),
  fence: z.number().int(),
  failure: failure.optional(),
  /** The span that the attempt belongs to. */
  traceparent: z.string().optional(),
});
export type Delivery = z.infer<typeof deliverySchema>;

const deliveryFile = 'delivery.json';
const refusedFile = 'refused.txt';

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Runs of a bench that wait to be delivered: one folder an attempt, each whole. */
export class Spool {
  constructor(private readonly folder: string) {
    makeFolder(folder, 0o700);
  }

  /** The run folder of an attempt. */
  runFolder(attempt: string): string {
    makeFolder(join(this.folder, attempt), 0o700);
    return join(this.folder, attempt, 'run');
  }

  /** Notes how an attempt ended: from now on it waits for delivery, over any crash. */
  async close(delivery: Omit<Delivery, 'schema'>): Promise<void> {
    const text = JSON.stringify({ schema: 'littlefirst.delivery/1', ...delivery });
    await writeFileAtomically(join(this.folder, delivery.attempt, deliveryFile), text);
  }

  /** Attempts that ended and were neither taken nor refused. */
  async waiting(): Promise<string[]> {
    const entries = await readdir(this.folder);
    return entries
      .filter(name => existsSync(join(this.folder, name, deliveryFile)))
      .filter(name => !existsSync(join(this.folder, name, refusedFile)))
      .sort();
  }

  /** Removes what attempts left that never ended: the process was killed, and the farm has given their jobs to others. */
  async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.folder))
      if (!existsSync(join(this.folder, name, deliveryFile)))
        await rm(join(this.folder, name), { recursive: true, force: true });
  }

  /**
   * Delivers an attempt: its files, those that the farm lacks, then how it ended. Done twice, it counts once.
   * @returns what the farm made of it; the folder is gone then, or kept where the farm refused it
   * @throws LF_FARM_UNREACHABLE: it waits on
   */
  async deliver(client: FarmClient, attempt: string, signal?: AbortSignal): Promise<string> {
    const folder = join(this.folder, attempt);
    const delivery = deliverySchema.parse(JSON.parse(await readFile(join(folder, deliveryFile), 'utf8')));
    try {
      const span = { parent: delivery.traceparent, attributes: { 'littlefirst.attempt': attempt } };
      const settled = await traced('deliver', span, traceparent =>
        this.send(client.within(traceparent), delivery, join(folder, 'run'), signal),
      );
      await rm(folder, { recursive: true, force: true });
      return settled;
    } catch (error) {
      if (!(error instanceof LittlefirstError) || error.code === 'LF_FARM_UNREACHABLE') throw error;
      await writeFileAtomically(join(folder, refusedFile), `${error.message}\n`);
      return `refused: ${error.message.split('\n')[0]}`;
    }
  }

  private async send(
    client: FarmClient,
    delivery: Delivery,
    run: string,
    signal?: AbortSignal,
  ): Promise<string> {
    const { attempt, fence, failure: failed } = delivery;
    const names = existsSync(run)
      ? (await readdir(run, { withFileTypes: true })).filter(entry => entry.isFile()).map(({ name }) => name)
      : [];
    const files: { name: string; sha256: string }[] = [];
    for (const name of names.sort()) files.push({ name, sha256: await hashOf(join(run, name)) });
    const record = names.includes('run.json')
      ? (JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as unknown)
      : undefined;
    const kept = record === undefined ? [] : files;
    const { missing } = await client.call<{ missing: string[] }>(
      'POST',
      'artefacts/missing',
      { sha256: kept.map(({ sha256 }) => sha256) },
      signal,
    );
    for (const { name, sha256 } of kept)
      if (missing.includes(sha256)) await client.upload(sha256, join(run, name), signal);
    const body = { fence, failure: failed, record, files: kept };
    const { settled } = await client.call<{ settled: string }>(
      'POST',
      `attempts/${attempt}/settle`,
      body,
      signal,
    );
    return settled;
  }
}
