import { LittlefirstError } from '../../errors.js';

/** Bytes and lines that are kept for a diagnosis. */
const keptBytes = 256;
const keptSent = 8;
/** Bytes that a message shows. */
const shownBytes = 48;

/** What a line shows of itself, with its own cure. */
export interface LineDiagnosis {
  /** What was seen, in words. */
  seen: string;
  /** What to try. */
  hint: string;
}

const isText = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
const shareOf = (bytes: Buffer, is: (byte: number) => boolean): number =>
  bytes.length === 0 ? 0 : bytes.filter(is).length / bytes.length;

/** ModemManager's probes of a serial port, as a DUT takes them for a command: AT commands are what can be known again. */
const modemProbe = /Unknown command: ?[^\]]*?\bAT(?:[+&]|[EQVXSZIH]\d?|\b)/;
const decoder = (bytes: Buffer): string => bytes.toString('latin1');

/** Bytes as text and as hex, the last ones of many. */
export function showBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'not a byte';
  const last = bytes.subarray(-shownBytes);
  const text = JSON.stringify(decoder(last)).replace(
    /[\x7f-\xff]/g,
    char => `\\x${char.charCodeAt(0).toString(16)}`,
  );
  const more = bytes.length > shownBytes ? 'last ' : '';
  return `${more}bytes ${text} (${last.toString('hex').replace(/(..)(?=.)/g, '$1 ')})`;
}

/** Remembers the last bytes each way, and says what they show when an answer is missing or damaged. */
export class LineWatch {
  /** XON and XOFF among the bytes that came. */
  flowControlBytes = 0;
  private last = Buffer.alloc(0);
  private readonly sent: string[] = [];
  private received = 0;
  private starts = 0;
  private echoes = false;

  onReceived(chunk: Buffer): void {
    this.received += chunk.length;
    this.last = Buffer.concat([this.last, chunk]).subarray(-keptBytes);
    if (decoder(chunk).includes('m-init-done')) this.starts += 1;
  }

  /** @param text a command as it was sent */
  onSent(text: string): void {
    this.sent.push(text);
    if (this.sent.length > keptSent) this.sent.shift();
  }

  /** A line without the echo of a command before it. */
  withoutEcho(line: string): string {
    for (const text of this.sent) {
      const echo = text.replaceAll('\0', '');
      if (echo.length < 2 || !line.startsWith(echo)) continue;
      this.echoes = true;
      return line.slice(echo.length);
    }
    return line;
  }

  /** The last bytes that came, one character each. */
  get text(): string {
    return decoder(this.last);
  }

  /** What the line shows; undefined where it shows nothing but text. */
  diagnose(): LineDiagnosis | undefined {
    const { last } = this;
    const { text } = this;
    if (this.received === 0)
      return {
        seen: 'not a byte came',
        hint: 'check power, that RX and TX are crossed and the grounds joined, and that no other program reads the port (`fuser -v <port>`)',
      };
    if (this.isEcho(text))
      return {
        seen: 'the line echoes what is sent',
        hint: 'switch local echo off in adapter or terminal server; RX that is joined to TX echoes too',
      };
    if (/\xff[\xfb-\xfe]/.test(text))
      return {
        seen: 'telnet commands (FF FB..FE) came',
        hint: 'the server speaks telnet: use rfc2217://host:port, or let it serve the port raw',
      };
    return this.ofBytes(last) ?? this.ofText(text);
  }

  /**
   * An error with what was seen and its cure in the place of the general hint.
   * @param error LF_DUT_TIMEOUT or LF_DUT_REPLY; others come back as they are
   */
  explain(error: LittlefirstError): LittlefirstError {
    if (error.code !== 'LF_DUT_TIMEOUT' && error.code !== 'LF_DUT_REPLY') return error;
    if (error.detail.fields?.lineBytes !== undefined) return error;
    const { seen, hint } = this.diagnose() ?? {};
    const bytes = showBytes(this.last);
    const { received, fields } = error.detail;
    return new LittlefirstError(error.code, error.message.split('\n')[0], {
      ...error.detail,
      received: [received, seen, bytes].filter(part => part !== undefined).join('; '),
      hint: hint ?? error.detail.hint,
      fields: { ...fields, seen: seen ?? null, lineBytes: this.last.subarray(-shownBytes).toString('hex') },
    });
  }

  private isEcho(text: string): boolean {
    if (this.echoes) return true;
    return this.sent.some(one => {
      const echo = one.replaceAll('\0', '');
      return echo.length >= 4 && text.includes(echo);
    });
  }

  private ofBytes(last: Buffer): LineDiagnosis | undefined {
    if (shareOf(last, isText) < 0.7) {
      const lowered = Buffer.from(last.map(byte => byte & 0x7f));
      return shareOf(lowered, isText) > 0.95
        ? {
            seen: 'bytes carry a parity bit: the line has seven data bits',
            hint: 'set adapter or server to 8N1 (stty cs8 -parenb -istrip; ser2net: 8DATABITS NONE)',
          }
        : {
            seen: 'bytes that are no text at this rate',
            hint: "check the baud rate of link and board's file",
          };
    }
    if (this.flowControlBytes > 0)
      return {
        seen: 'XON or XOFF (11, 13 hex) came: flow control eats these bytes',
        hint: 'switch software flow control off (stty -ixon -ixoff; ser2net: -XONXOFF)',
      };
    return undefined;
  }

  private ofText(text: string): LineDiagnosis | undefined {
    if (modemProbe.test(text))
      return {
        seen: 'another program wrote a modem command into the line (ModemManager probes new ports)',
        hint: 'tell it to leave the port alone: udev rule ENV{ID_MM_DEVICE_IGNORE}="1" for the board, or stop it',
      };
    if (this.starts > 1)
      return {
        seen: `the board started ${this.starts} times`,
        hint: 'check its supply, and that nothing toggles its reset line (dtr, rts)',
      };
    if (!/(?:^|[\r\n])(?:\[dut\]: )?[me]-/.test(text))
      return {
        seen: 'text, but none of this protocol',
        hint: 'the board runs another firmware, or this is its console: flash it, or name the other port (interface)',
      };
    return undefined;
  }
}
