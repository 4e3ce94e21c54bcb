import { LittlefirstError } from '../../../errors.js';
import type { ScpiConnection } from './connection.js';
import { type ScpiDialect, type ScpiSettings, scpiBufferReadings } from './dialects.js';
import type { ScpiSamples } from './samples.js';

/** Readings fetched by one request. */
const fetchReadings = 10_000;

/** Takes readings out of an instrument that goes on measuring. */
export class ScpiFetcher {
  /** Next index in the ring of readings. */
  #next = 1;

  constructor(
    private readonly connection: ScpiConnection,
    private readonly dialect: ScpiDialect,
    private readonly settings: ScpiSettings,
    private readonly samples: ScpiSamples,
  ) {}

  /** Fetches until nothing more is there. @throws LF_METER_REPLY, LF_METER_OPEN */
  async fetch(): Promise<void> {
    if (this.dialect.acquisition === 'fifo') while (await this.#fetchRecords());
    else await this.#fetchRing();
  }

  /** @returns whether there may be more */
  async #fetchRecords(): Promise<boolean> {
    const { connection, dialect, samples } = this;
    const { channel, markerChannel, logsVoltage } = this.settings;
    const width = logsVoltage ? 2 : 1;
    const records = await connection.numbers(`FETC:ELOG? ${fetchReadings},(@${channel})`, dialect.format);
    const count = Math.floor(records.length / width);
    const current = new Float64Array(count);
    const voltage = logsVoltage ? new Float64Array(count) : undefined;
    for (let i = 0; i < count; i += 1) {
      current[i] = records[i * width];
      if (voltage !== undefined) voltage[i] = records[i * width + 1];
    }
    if (markerChannel === undefined) samples.add(current, new Uint8Array(count), voltage);
    else if (count > 0) {
      const levels = await connection.numbers(`FETC:ELOG? ${count},(@${markerChannel})`, dialect.format);
      if (levels.length !== count) {
        throw new LittlefirstError('LF_METER_REPLY', 'current and marker readings do not belong together', {
          expected: `${count} readings of output ${markerChannel}`,
          received: String(levels.length),
        });
      }
      samples.addMarked(current, levels, voltage);
    }
    return count === fetchReadings;
  }

  async #fetchRing(): Promise<void> {
    const { connection } = this;
    const last = Number(await connection.query('TRAC:ACT:END? "defbuffer1"'));
    if (!(last > 0) || last + 1 === this.#next) return;
    if (last < this.#next) await this.#read(this.#next, scpiBufferReadings);
    await this.#read(this.#next, last);
  }

  async #read(from: number, to: number): Promise<void> {
    const { connection, dialect, samples } = this;
    for (let at = from; at <= to; at += fetchReadings) {
      const until = Math.min(to, at + fetchReadings - 1);
      const pairs = await connection.numbers(
        `TRAC:DATA? ${at},${until},"defbuffer1",READ,REL`,
        dialect.format,
        2 * (until - at + 1),
      );
      const current = Float64Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i]);
      const times = Float64Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + 1]);
      samples.addTimed(current, times);
    }
    this.#next = (to % scpiBufferReadings) + 1;
  }
}
