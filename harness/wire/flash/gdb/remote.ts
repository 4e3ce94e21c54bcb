import { LittlefirstError } from '../../../errors.js';
import { type GdbAddress, GdbConnection, gdbAddressText } from './connection.js';
import { type GdbMemoryRegion, memoryMapLimit, parseMemoryMap } from './memory-map.js';
import { gdbEscape } from './packet.js';

export interface GdbRemoteOptions {
  /** Limit for connecting and for ordinary replies. */
  timeoutMs?: number;
  /** Limit for erasing flash, finishing it, and monitor commands. */
  slowTimeoutMs?: number;
}

const hex = (value: number): string => value.toString(16);
const fromHex = (text: string): Buffer => Buffer.from(text, 'hex');

/** A client of a GDB server: memory, flash and reset of one target. */
export class GdbRemote {
  private readonly features = new Map<string, string>();
  private writesBinary: boolean | undefined;

  private constructor(
    private readonly connection: GdbConnection,
    private readonly where: string,
    private readonly slowTimeoutMs: number,
  ) {}

  /**
   * Connects (most servers halt the target then) and agrees on features.
   * @throws LF_LINK_OPEN, LF_LINK_LOST, LF_FLASH_FAILED
   */
  static async connect(address: GdbAddress, options: GdbRemoteOptions = {}): Promise<GdbRemote> {
    const connection = await GdbConnection.open(address, options.timeoutMs ?? 5_000);
    const remote = new GdbRemote(connection, gdbAddressText(address), options.slowTimeoutMs ?? 60_000);
    try {
      await remote.negotiate();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return remote;
  }

  private async negotiate(): Promise<void> {
    const reply = await this.connection.request('qSupported:qXfer:memory-map:read+;QStartNoAckMode+');
    for (const feature of reply.split(';')) {
      const [name, value] = feature.endsWith('+') ? [feature.slice(0, -1), '+'] : feature.split('=');
      this.features.set(name, value ?? '');
    }
    if (this.supports('QStartNoAckMode')) {
      this.expectOk(await this.connection.request('QStartNoAckMode'), 'QStartNoAckMode');
      this.connection.stopAcknowledging();
    }
  }

  /** True if the server announced a feature with `+`. */
  supports(feature: string): boolean {
    return this.features.get(feature) === '+';
  }

  /** Largest packet that the server takes, bytes. */
  get packetSize(): number {
    const announced = Number.parseInt(this.features.get('PacketSize') ?? '', 16);
    return Number.isNaN(announced) ? 400 : Math.min(Math.max(announced, 64), 65536);
  }

  /** Signal or exit report of the halted target (`?`). */
  haltReason(): Promise<string> {
    return this.connection.request('?');
  }

  /** Reads memory. @throws LF_FLASH_FAILED if the target refuses */
  async readMemory(address: number, length: number): Promise<Uint8Array> {
    const data = new Uint8Array(length);
    const chunk = Math.floor((this.packetSize - 8) / 2);
    for (let done = 0; done < length; ) {
      const want = Math.min(chunk, length - done);
      const command = `m${hex(address + done)},${hex(want)}`;
      const reply = await this.connection.request(command);
      const bytes = /^E[0-9a-f]{2}$/i.test(reply) ? Buffer.alloc(0) : fromHex(reply);
      if (bytes.length === 0 || bytes.length > want || bytes.length * 2 !== reply.length)
        throw this.refused(command, `${want} bytes in hex`, reply);
      data.set(bytes, done);
      done += bytes.length;
    }
    return data;
  }

  /** Writes RAM, or any memory that the server lets be written directly. @throws LF_FLASH_FAILED */
  async writeMemory(address: number, data: Uint8Array): Promise<void> {
    this.writesBinary ??= (await this.connection.request(`X${hex(address)},0:`)) === 'OK';
    /* Every byte is two hex digits, or at worst two bytes escaped. */
    const chunk = Math.floor((this.packetSize - 32) / 2);
    for (let done = 0; done < data.length; done += chunk) {
      const part = data.subarray(done, done + chunk);
      const place = `${hex(address + done)},${hex(part.length)}:`;
      const command = this.writesBinary
        ? `X${place}${gdbEscape(part)}`
        : `M${place}${Buffer.from(part).toString('hex')}`;
      this.expectOk(await this.connection.request(command), `write ${place}`);
    }
  }

  /** The target's memory map, empty if the server has none. */
  async memoryMap(): Promise<GdbMemoryRegion[]> {
    if (!this.supports('qXfer:memory-map:read')) return [];
    let xml = '';
    for (;;) {
      const size = this.packetSize - 8;
      const reply = await this.connection.request(`qXfer:memory-map:read::${hex(xml.length)},${hex(size)}`);
      if (!/^[ml]/.test(reply)) throw this.refused('qXfer:memory-map:read', 'm... or l...', reply);
      xml += reply.slice(1);
      if (reply[0] === 'l') return parseMemoryMap(xml, this.where);
      if (reply.length === 1) throw this.refused('qXfer:memory-map:read', 'more of the map', 'nothing');
      if (xml.length > memoryMapLimit)
        throw this.refused('qXfer:memory-map:read', 'an end of the map', `${xml.length} characters`);
    }
  }

  /** Erases whole flash blocks. */
  async flashErase(address: number, length: number): Promise<void> {
    const command = `vFlashErase:${hex(address)},${hex(length)}`;
    this.expectOk(await this.connection.request(command, this.slowTimeoutMs), command);
  }

  /** Writes into erased flash; `flashDone` completes it. */
  async flashWrite(address: number, data: Uint8Array): Promise<void> {
    const chunk = Math.floor((this.packetSize - 32) / 2);
    for (let done = 0; done < data.length; done += chunk) {
      const command = `vFlashWrite:${hex(address + done)}:`;
      const payload = command + gdbEscape(data.subarray(done, done + chunk));
      this.expectOk(await this.connection.request(payload, this.slowTimeoutMs), command);
    }
  }

  /** Finishes all flash writes. */
  async flashDone(): Promise<void> {
    this.expectOk(await this.connection.request('vFlashDone', this.slowTimeoutMs), 'vFlashDone');
  }

  /** CRC-32 computed by the server (`gdbCrc32`), or undefined if it cannot. */
  async crc(address: number, length: number): Promise<number | undefined> {
    const reply = await this.connection.request(`qCRC:${hex(address)},${hex(length)}`, this.slowTimeoutMs);
    return /^C[0-9a-f]{1,8}$/i.test(reply) ? Number.parseInt(reply.slice(1), 16) : undefined;
  }

  /** Runs a monitor command of the server and returns what it printed. @throws LF_FLASH_FAILED if it failed */
  async monitor(command: string): Promise<string> {
    const packet = `qRcmd,${Buffer.from(command).toString('hex')}`;
    let output = '';
    for (
      let reply = await this.connection.request(packet, this.slowTimeoutMs);
      ;
      reply = await this.connection.reply(`monitor ${command}`, this.slowTimeoutMs)
    ) {
      if (reply === 'OK') return output;
      if (reply === '' || /^E[0-9a-f]{2}$/i.test(reply))
        throw this.refused(`monitor ${command}`, 'success', reply || 'monitor commands are not supported');
      if (!/^O(?:[0-9a-f]{2})*$/i.test(reply)) return output + fromHex(reply).toString();
      output += fromHex(reply.slice(1)).toString();
    }
  }

  /** Attaches to a target of a server that has several or none yet; it is halted then. @throws LF_FLASH_FAILED */
  async attach(target: number): Promise<void> {
    const reply = await this.connection.request(`vAttach;${hex(target)}`, this.slowTimeoutMs, {
      stops: true,
    });
    if (!/^[ST][0-9a-f]{2}/i.test(reply))
      throw this.refused(`vAttach;${hex(target)}`, 'a halted target', reply);
  }

  /** Resets the target without an answer (`R`), as servers of the extended protocol do. */
  async restart(): Promise<void> {
    await this.connection.notify('R00');
  }

  /** Lets the target run and leaves it. */
  async detach(): Promise<void> {
    this.expectOk(await this.connection.request('D'), 'D');
    await this.connection.close();
  }

  /** Ends or resets the target, as the server understands `k`. */
  async kill(): Promise<void> {
    await this.connection.notify('k');
    await this.connection.close();
  }

  /** Closes the connection; what the target does then is the server's choice. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private expectOk(reply: string, command: string): void {
    if (reply !== 'OK') throw this.refused(command, 'OK', reply);
  }

  private refused(command: string, expected: string, received: string): LittlefirstError {
    const text = received === '' ? 'an empty reply: the server does not know the command' : received;
    return new LittlefirstError('LF_FLASH_FAILED', `The GDB server at ${this.where} refused "${command}"`, {
      expected,
      received: text.slice(0, 200),
      fields: { where: this.where, command },
    });
  }
}
