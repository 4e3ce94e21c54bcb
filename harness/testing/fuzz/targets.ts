import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { benchSchema } from '../../campaign/bench/schema.js';
import { parseYaml } from '../../campaign/bench/yaml-file.js';
import { parseInaLine, parseInaRecord } from '../../measure/meter/ina/protocol.js';
import { parseLpm01aSample } from '../../measure/meter/lpm01a/protocol.js';
import { parsePpk2Metadata } from '../../measure/meter/ppk2/metadata.js';
import { readTflite } from '../../model/tflite/read.js';
import { packagePath } from '../../package-root.js';
import { decodeSamples, encodeSamples } from '../../record/recording/sample-frame.js';
import {
  checkedText,
  parseIdentity,
  parseLevel,
  parseLevelReadback,
  parseLfReply,
  parseWindowLine,
} from '../../wire/dut/replies.js';
import { parseMemoryMap } from '../../wire/flash/gdb/memory-map.js';
import { GdbDecoder } from '../../wire/flash/gdb/packet.js';
import { cobsDecode } from '../../wire/link/cobs.js';
import { crc16OfText } from '../../wire/link/crc16.js';
import { LineParser } from '../../wire/link/line-parser.js';
import { parseLinkUrl } from '../../wire/link/url.js';
import type { FuzzTarget } from './fuzzer.js';

const text = (bytes: Buffer): string => bytes.toString('latin1');
const bytesOf = (content: string): Uint8Array => Buffer.from(content, 'latin1');
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

const chunk = {
  startNs: 0,
  periodNs: 10_000,
  current: Float64Array.of(1e-3, 2e-3, 1e-3),
  logic: Uint8Array.of(0, 1, 2),
};

export const fuzzTargets: readonly FuzzTarget[] = [
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
    name: 'ppk2-metadata',
    seeds: [
      bytesOf('Calibrated: 0\nR0: 1031.64\nGS0: 1.0\nGI0: 1\nO0: 0\nVDD: 3300\nHW: 2\nmode: 2\nIA: 55\nEND'),
    ],
    words: ['R1: ', 'GI4: -nan', 'UG2: ', 'HW: '],
    run: input => parsePpk2Metadata(text(input)),
  },
  {
    name: 'lpm01a-samples',
    seeds: [bytesOf('1234-06'), bytesOf('6409-07')],
    run: input => parseLpm01aSample(text(input)),
  },
  {
    name: 'ina-lines',
    seeds: [bytesOf('s 1 2 3 4'), bytesOf('e 5 1')],
    run: input => {
      parseInaLine(text(input));
      parseInaRecord(text(input));
    },
  },
  {
    name: 'sample-frames',
    seeds: [
      encodeSamples([chunk]),
      encodeSamples([chunk, { ...chunk, nominalNs: 1 }]),
      deflateSync(encodeSamples([chunk])),
    ],
    allowed: RangeError,
    run: input => decodeSamples(input),
  },
  {
    name: 'bench-files',
    seeds: [readFileSync(packagePath('fixtures', 'benches', 'default.yaml'))],
    words: ['&a ', '*a', '<<: ', '!!binary ', '- ', '\n  ', 'faults:', 'meter:', 'duts:'],
    run: input => parseYaml(input.toString('utf8'), 'bench.yaml', benchSchema),
  },
  {
    name: 'tflite',
    seeds: [Uint8Array.of(0x1c, 0, 0, 0, ...bytesOf('TFL3'))],
    words: ['TFL3'],
    run: input => readTflite(input, 'fuzz'),
  },
];
