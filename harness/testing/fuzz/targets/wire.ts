import { Duplex } from 'node:stream';
import { isSpoilt, laps, parseResults } from '../../../wire/dut/mlperf/values.js';
import {
  checkedText,
  parseIdentity,
  parseLevel,
  parseLevelReadback,
  parseLfReply,
  parseWindowLine,
} from '../../../wire/dut/replies.js';
import { parseMemoryMap } from '../../../wire/flash/gdb/memory-map.js';
import { GdbDecoder } from '../../../wire/flash/gdb/packet.js';
import { cobsDecode } from '../../../wire/link/cobs.js';
import { crc16OfText } from '../../../wire/link/crc16.js';
import { LineParser } from '../../../wire/link/line-parser.js';
import { Rfc2217Stream } from '../../../wire/link/rfc2217.js';
import { serverRefusal } from '../../../wire/link/server-refusals.js';
import { parseLinkUrl } from '../../../wire/link/url.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, text } from './bytes.js';

/** With its checksum, so that mutation need not guess it. */
const checked = (line: string): string =>
  `${line} *${crc16OfText(`${line} `).toString(16).toUpperCase().padStart(4, '0')}`;

/** What a DUT's reply goes through; the checksum is put right, since a damaged one is refused before anything is read. */
function readReply(line: string): void {
  checkedText(line);
  const body = line.replace(/\s*\*[0-9A-Fa-f]{4}$/, '');
  const right = `${body}*${crc16OfText(body).toString(16).toUpperCase().padStart(4, '0')}`;
  const window = checkedText(right);
  if (window !== undefined) parseWindowLine(window);
  const reply = parseLfReply(right);
  if (reply === undefined) return;
  for (const read of [parseIdentity, parseLevel, parseLevelReadback])
    try {
      read(reply);
    } catch (error) {
      if ((error as { code?: string }).code !== 'LF_DUT_REPLY') throw error;
    }
}

/** What comes from a board, its link and its debugger. */
export const wireTargets: readonly FuzzTarget[] = [
  {
    name: 'cobs',
    seeds: [Uint8Array.of(3, 1, 2, 2, 5), Uint8Array.of(1)],
    run: input => cobsDecode(input, new Uint8Array(300)),
  },
  {
    name: 'lines',
    seeds: [bytesOf('m-ready\r\nm-lf-id x\r\n')],
    run: input => {
      const parser = new LineParser();
      parser.on('data', () => {});
      parser.write(input);
      parser.end();
    },
  },
  {
    name: 'replies',
    seeds: [
      'm-lf-id nonce=1 protocol=1 image=0123456789abcdef board=rp2040 flash=1 ram=1 bundle=x blob=0 bytes=9 strategies=a,b',
      'm-lf-leveldef n=0 name=133MHz mv=1100 hz=133000000',
      'm-lf-level n=0 mv=1100 hz=133000000 regs=00',
      'm-w 1 2 g 3 10 - 20 4',
      'e-[nak,1,sequence]',
    ].map(line => bytesOf(checked(line))),
    words: ['m-lf-id ', 'm-w ', 'nonce=', 'strategies=', 'hz=', 'credits=', 'reset=', 'since=', '='],
    run: input => readReply(text(input)),
  },
  {
    name: 'link-url',
    seeds: ['serial:/dev/ttyACM0?baud=9600&dtr=off', 'tcp:[::1]:80', 'rfc2217://h:1'].map(bytesOf),
    run: input => parseLinkUrl(text(input)),
  },
  {
    name: 'gdb-packets',
    seeds: [bytesOf('+$OK#9a'), bytesOf('$m0,4#fd-%Stop#00')],
    run: input => new GdbDecoder().push(input),
  },
  {
    name: 'gdb-memory-map',
    seeds: [
      bytesOf(
        '<memory-map><memory type="flash" start="0x0" length="0x1000"><property name="blocksize">0x100</property></memory></memory-map>',
      ),
    ],
    words: [
      '<memory ',
      'type="ram"',
      'start="',
      'length="0x',
      '<property name="blocksize">',
      '&#x;',
      '<!DOCTYPE ',
    ],
    run: input => parseMemoryMap(text(input), 'fuzz'),
  },
  {
    name: 'rfc2217',
    seeds: [
      Uint8Array.of(65, 255, 255, 66, 255, 253, 44, 255, 250, 44, 101, 0, 0, 37, 128, 255, 240, 67),
      bytesOf('refused: port is in use\r\n'),
    ],
    run: input => {
      const socket = new Duplex({ read: () => {}, write: (_bytes, _encoding, done) => done() });
      const stream: Duplex = Reflect.construct(Rfc2217Stream, [socket]);
      stream.on('data', () => {});
      socket.emit('data', input);
      stream.destroy();
      serverRefusal(text(input));
    },
  },
  {
    name: 'mlperf-replies',
    seeds: ['0.120,0.500,', '1,2', 'e-[Unknown command: nam]', 'm-lap-us-123'].map(bytesOf),
    words: ['e-[', '1e5', '-.5', ',', 'm-lap-us-'],
    run: input => {
      laps([text(input), text(input)]);
      isSpoilt('name', text(input));
      parseResults(text(input), 3);
    },
  },
];
