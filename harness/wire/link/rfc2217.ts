import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { serverRefusal } from './server-refusals.js';

/* Telnet (RFC 854, 855, 856, 858) and its COM port control option (RFC 2217). */
const iac = 255;
const [dont, doIt, wont, will, sb, se] = [254, 253, 252, 251, 250, 240];
const [binary, suppressGoAhead, comPort] = [0, 3, 44];
const options = [binary, suppressGoAhead, comPort] as const;
/** Commands of the client; the server answers with the same number plus 100. */
export const comPortCommands = {
  setBaudRate: 1,
  setDataSize: 2,
  setParity: 3,
  setStopSize: 4,
  setControl: 5,
} as const;
const serverOffset = 100;
/** SET-CONTROL values: no flow control, DTR and RTS. */
const control = { noFlow: 1, dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 } as const;
const subnegotiationLimit = 64;
const saidLimit = 256;
/** How long a server may take to begin to speak, and to go on once it has. */
const firstWordMilliseconds = 200;
const lastWordMilliseconds = 50;

export interface Rfc2217Options {
  baudRate: number;
  /** State of the control lines; left alone where not given, so that opening does not reset a board. */
  dtr?: boolean;
  rts?: boolean;
  /** Limit for the whole negotiation. */
  timeoutMilliseconds: number;
}

/** Bytes of a serial port behind a telnet server that controls it (ser2net, labgrid's exporter, many terminal servers). */
export class Rfc2217Stream extends Duplex {
  private state: 'data' | 'iac' | 'option' | 'sub' | 'sub-iac' = 'data';
  private verb = 0;
  private sub: number[] = [];
  private agreed = new Set<number>();
  /** What the server said before the port was set up: its refusal, if it refuses. */
  private said = '';
  private isSetUp = false;
  private refused: ((reason: string) => void) | undefined;
  private answered: ((command: number, value: Buffer) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    super();
    /* A server that refuses closes at once, and the next write fails before anybody else listens. */
    this.on('error', () => undefined);
    socket.on('data', chunk => this.receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', error => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /**
   * Negotiates over a connected socket and sets the port up as 8N1 without flow control.
   * @throws LF_LINK_OPEN when the server does not control a port, or sets another rate than asked for
   */
  static async open(socket: Socket, wanted: Rfc2217Options): Promise<Rfc2217Stream> {
    const stream = new Rfc2217Stream(socket);
    try {
      await stream.setUp(wanted);
      stream.isSetUp = true;
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  private async setUp(wanted: Rfc2217Options): Promise<void> {
    const rate = Buffer.alloc(4);
    rate.writeUInt32BE(wanted.baudRate);
    const settings: [number, Buffer][] = [
      [comPortCommands.setBaudRate, rate],
      [comPortCommands.setDataSize, Buffer.from([8])],
      [comPortCommands.setParity, Buffer.from([1])],
      [comPortCommands.setStopSize, Buffer.from([1])],
      [comPortCommands.setControl, Buffer.from([control.noFlow])],
    ];
    if (wanted.dtr !== undefined)
      settings.push([comPortCommands.setControl, Buffer.from([wanted.dtr ? control.dtrOn : control.dtrOff])]);
    if (wanted.rts !== undefined)
      settings.push([comPortCommands.setControl, Buffer.from([wanted.rts ? control.rtsOn : control.rtsOff])]);
    await this.hearFirst();
    const refusal = serverRefusal(this.said);
    if (refusal !== undefined) throw refusal;
    for (const option of options) this.socket.write(Buffer.from([iac, will, option, iac, doIt, option]));
    for (const [command, value] of settings) {
      const reply = await this.ask(command, value, wanted.timeoutMilliseconds);
      if (!reply.equals(value))
        throw openError(
          `setting ${command} to ${value.toString('hex')}`,
          `the server set ${reply.toString('hex')}`,
        );
    }
  }

  /**
   * Lets the server speak first, for a moment. One that refuses says why and closes: what is written meanwhile makes its system reset the
   * connection, and the text is lost.
   */
  private async hearFirst(): Promise<void> {
    await new Promise<void>(resolve => {
      const end = () => {
        clearTimeout(timer);
        this.socket.off('data', heard).off('close', end);
        resolve();
      };
      let timer = setTimeout(end, firstWordMilliseconds);
      const heard = () => {
        clearTimeout(timer);
        timer = setTimeout(end, lastWordMilliseconds);
      };
      this.socket.on('data', heard).once('close', end);
    });
  }

  private ask(command: number, value: Buffer, milliseconds: number): Promise<Buffer> {
    let closed = () => {};
    return new Promise<Buffer>((resolve, reject) => {
      const fail = (reason: string) => {
        cancel();
        reject(
          serverRefusal(this.said) ?? openError('a telnet server with COM port control (RFC 2217)', reason),
        );
      };
      const cancel = afterAttended(() => fail(`no answer within ${milliseconds} ms`), milliseconds);
      this.refused = fail;
      this.answered = (which, reply) => {
        if (which !== command + serverOffset) return;
        cancel();
        resolve(reply);
      };
      closed = () => fail('the connection was closed');
      this.once('close', closed);
      const message = [Buffer.from([iac, sb, comPort, command]), escaped(value), Buffer.from([iac, se])];
      this.socket.write(Buffer.concat(message));
    }).finally(() => {
      this.answered = undefined;
      this.refused = undefined;
      this.off('close', closed);
    });
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(escaped(chunk), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }

  private receive(chunk: Buffer): void {
    const data: number[] = [];
    for (const byte of chunk) this.accept(byte, data);
    if (!this.isSetUp) this.said = (this.said + Buffer.from(data).toString('latin1')).slice(-saidLimit);
    if (data.length > 0 && !this.push(Buffer.from(data))) this.socket.pause();
  }

  private accept(byte: number, data: number[]): void {
    switch (this.state) {
      case 'data':
        if (byte === iac) this.state = 'iac';
        else data.push(byte);
        return;
      case 'iac':
        this.state = byte === sb ? 'sub' : byte >= will && byte <= dont ? 'option' : 'data';
        if (byte === iac) data.push(iac);
        this.verb = byte;
        this.sub = [];
        return;
      case 'option':
        this.state = 'data';
        this.onOption(this.verb, byte);
        return;
      case 'sub':
        if (byte === iac) this.state = 'sub-iac';
        else if (this.sub.length < subnegotiationLimit) this.sub.push(byte);
        return;
      case 'sub-iac':
        this.state = byte === se ? 'data' : 'sub';
        if (byte === iac) this.sub.push(iac);
        if (byte === se && this.sub[0] === comPort)
          this.answered?.(this.sub[1], Buffer.from(this.sub.slice(2)));
    }
  }

  /** Ours were all offered at the start, so an agreement needs no answer; everything else is declined once. */
  private onOption(verb: number, option: number): void {
    const known = (options as readonly number[]).includes(option);
    if (option === comPort && (verb === dont || verb === wont)) {
      if (verb === dont) this.refused?.('it refuses COM port control');
      return;
    }
    if (known || verb === dont || verb === wont || this.agreed.has(verb * 256 + option)) return;
    this.agreed.add(verb * 256 + option);
    this.socket.write(Buffer.from([iac, verb === will ? dont : wont, option]));
  }
}

/** A byte 255 is sent twice. */
function escaped(bytes: Buffer): Buffer {
  if (!bytes.includes(iac)) return bytes;
  return Buffer.from([...bytes].flatMap(byte => (byte === iac ? [iac, iac] : [byte])));
}

function openError(expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_LINK_OPEN', 'The RFC 2217 server did not set up the serial port', {
    expected,
    received,
    hint: 'ser2net: the connection must accept telnet(rfc2217); a raw port is tcp:host:port',
  });
}
