import { LittlefirstError } from '../../errors.js';
import { crc16OfText } from '../link/crc16.js';

/** One checked `m-lf-...` line. */
export interface LfReply {
  verb: string;
  values: Map<string, string>;
  line: string;
}

/** What a DUT says of itself (`lf id`). */
export interface DutIdentity {
  nonce: string;
  protocol: number;
  board: string;
  /** First 16 hex digits of the SHA-256 of the flash image, and of the blob ('-' when there is none). */
  image: string;
  blob: string;
  bundle: string;
  flashBytes: number;
  ramBytes: number;
  dtype: string;
  channels: number;
  samples: number;
  /** Bytes of one window on the wire. */
  windowBytes: number;
  strategies: string[];
  cycleCounter: boolean;
  /** Why the chip restarted by itself, e.g. `watchdog`; absent after power or the reset pin, and from older firmware. */
  resetReason?: string;
  /** Nonce of the first question since the start: changes when the board starts anew. Absent from older firmware. */
  since?: string;
}

export interface DutLevel {
  index: number;
  name: string;
  millivolts: number;
  hertz: number;
}

/** A level as the DUT's registers say it is. */
export interface LevelReadback {
  index: number;
  millivolts: number;
  hertz: number;
  /** Raw register words, hex, joined by ':'. */
  registers: string;
}

/** What the registers said after the last change to a stage's level. */
export interface StageReadback {
  index: number;
  millivolts: number;
  hertz: number;
  registers: string;
}

/** Levels of the stages, and what changing between them took and left since they were set. */
export interface StagesReport {
  gate: StageReadback;
  big: StageReadback;
  changes: number;
  /** Changes after which the registers were not those of the level. */
  failed: number;
  microseconds: number;
  /** null when the DUT cannot count. */
  cycles: number | null;
}

/** One answer of the stream. */
export interface WindowResult {
  /** Index of the window in the streamed source. */
  index: number;
  label: number;
  /** 'g': the gate decided; 'b': Big ran. */
  path: 'g' | 'b';
  /** Bit i: network i of the blob ran. */
  nets: number;
  /** Core cycles in marker states gate, Big and other; null when the DUT cannot count. */
  gateCycles: number | null;
  bigCycles: number | null;
  otherCycles: number | null;
  /** Of a `score` strategy. */
  score?: number;
}

/** LF_DUT_REPLY with what was expected and what came. */
export function replyError(summary: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_DUT_REPLY', summary, {
    expected,
    received: JSON.stringify(received.slice(0, 200)),
    hint: 'check baud rate and wiring; a noisy line shows up as faults in the journal',
  });
}

/** The text before ` *HHHH` when the CRC of a line is right, else undefined. */
export function checkedText(line: string): string | undefined {
  const star = line.length - 5;
  if (star < 1 || line[star] !== '*') return undefined;
  const digits = line.slice(star + 1);
  if (!/^[0-9A-F]{4}$/.test(digits) || crc16OfText(line, star) !== Number.parseInt(digits, 16))
    return undefined;
  return line[star - 1] === ' ' ? line.slice(0, star - 1) : line.slice(0, star);
}

/** Parses a checked `m-lf-verb key=value ...` line; undefined when it is no such line or its CRC is wrong. */
export function parseLfReply(line: string): LfReply | undefined {
  const text = checkedText(line);
  const match = text === undefined ? null : /^m-lf-([a-z]+)((?: [^ =]+=[^ ]*)*)$/.exec(text);
  if (match === null) return undefined;
  const values = new Map<string, string>();
  for (const pair of match[2].split(' ').slice(1)) {
    const split = pair.indexOf('=');
    values.set(pair.slice(0, split), pair.slice(split + 1));
  }
  return { verb: match[1], values, line };
}

/** A field of a reply as text. */
export function textField(reply: LfReply, key: string): string {
  const value = reply.values.get(key);
  if (value === undefined)
    throw replyError(`The reply of "lf ${reply.verb}" lacks "${key}"`, `${key}=...`, reply.line);
  return value;
}

/** A field of a reply as an unsigned decimal number. */
export function numberField(reply: LfReply, key: string): number {
  const text = textField(reply, key);
  if (!/^\d{1,15}$/.test(text))
    throw replyError(`"${key}" of "lf ${reply.verb}" is not a number`, 'decimal digits', reply.line);
  return Number(text);
}

export function parseIdentity(reply: LfReply): DutIdentity {
  return {
    nonce: textField(reply, 'nonce'),
    protocol: numberField(reply, 'protocol'),
    board: textField(reply, 'board'),
    image: textField(reply, 'image'),
    blob: textField(reply, 'blob'),
    bundle: textField(reply, 'bundle'),
    flashBytes: numberField(reply, 'flash'),
    ramBytes: numberField(reply, 'ram'),
    dtype: textField(reply, 'dtype'),
    channels: numberField(reply, 'channels'),
    samples: numberField(reply, 'samples'),
    windowBytes: numberField(reply, 'bytes'),
    strategies: textField(reply, 'strategies')
      .split(',')
      .filter(name => name !== '' && name !== '-'),
    cycleCounter: textField(reply, 'cyclecounter') === '1',
    resetReason: reply.values.get('reset')?.replace(/^-$/, '') || undefined,
    since: reply.values.get('since'),
  };
}

export function parseLevel(reply: LfReply): DutLevel {
  return {
    index: numberField(reply, 'n'),
    name: textField(reply, 'name'),
    millivolts: numberField(reply, 'mv'),
    hertz: numberField(reply, 'hz'),
  };
}

export function parseLevelReadback(reply: LfReply): LevelReadback {
  return {
    index: numberField(reply, 'n'),
    millivolts: numberField(reply, 'mv'),
    hertz: numberField(reply, 'hz'),
    registers: textField(reply, 'reg'),
  };
}

export function parseStages(reply: LfReply): StagesReport {
  const stage = (name: string): StageReadback => ({
    index: numberField(reply, name),
    millivolts: numberField(reply, `${name}mv`),
    hertz: numberField(reply, `${name}hz`),
    registers: textField(reply, `${name}reg`),
  });
  return {
    gate: stage('gate'),
    big: stage('big'),
    changes: numberField(reply, 'changes'),
    failed: numberField(reply, 'failed'),
    microseconds: numberField(reply, 'us'),
    cycles: textField(reply, 'cycles') === '-' ? null : numberField(reply, 'cycles'),
  };
}

const cycles = (text: string): number | null => (text === '-' ? null : Number(text));
const windowLine =
  /^m-w (\d{1,5}) (\d{1,3}) ([gb]) ([0-9a-fA-F]{1,8}) (\d{1,15}|-) (\d{1,15}|-) (\d{1,15}|-) (\d{1,5})(?: (\d{1,10}))?(?: |$)/;

/** One `m-w` line of the stream, CRC already checked; `index` still to be set from the sequence number. */
export function parseWindowLine(
  text: string,
): { sequence: number; result: Omit<WindowResult, 'index'> } | undefined {
  const match = windowLine.exec(text);
  if (match === null) return undefined;
  const [, sequence, label, path, nets, gate, big, other, , score] = match;
  return {
    sequence: Number(sequence),
    result: {
      label: Number(label),
      path: path as 'g' | 'b',
      nets: Number.parseInt(nets, 16),
      gateCycles: cycles(gate),
      bigCycles: cycles(big),
      otherCycles: cycles(other),
      ...(score === undefined ? {} : { score: Number(score) }),
    },
  };
}
