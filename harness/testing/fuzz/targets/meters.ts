import { Duplex } from 'node:stream';
import { parseInaLine, parseInaRecord } from '../../../measure/meter/ina/protocol.js';
import { decodeJoulescope, JoulescopeFramer } from '../../../measure/meter/joulescope/protocol.js';
import { parseLpm01aSample } from '../../../measure/meter/lpm01a/protocol.js';
import { Lpm01aSamples, Lpm01aWords, takeLpm01aLine } from '../../../measure/meter/lpm01a/stream.js';
import { OtiiFramer } from '../../../measure/meter/otii/protocol.js';
import { Ppk2Decoder } from '../../../measure/meter/ppk2/decode.js';
import { nominalPpk2Ranges, parsePpk2Metadata } from '../../../measure/meter/ppk2/metadata.js';
import { Ppk2TextFinder } from '../../../measure/meter/ppk2/text-finder.js';
import { ScpiConnection } from '../../../measure/meter/scpi/connection.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, text } from './bytes.js';

/** In pieces of growing length, so that whatever is cut somewhere is cut anywhere. */
function* pieces(input: Buffer): Generator<Buffer> {
  for (let from = 0, length = 1; from < input.length; from += length, length += 3)
    yield input.subarray(from, from + length);
}

const silent = (): void => {};

/** Replies to one query for text and one for numbers, before the instrument goes away. */
async function askScpi(input: Buffer): Promise<void> {
  const port = new Duplex({ read: silent, write: (_bytes, _encoding, done) => done() });
  const connection = new ScpiConnection(port, 60_000);
  const format = (['ascii', 'float32-big', 'float64-little'] as const)[(input[0] ?? 0) % 3];
  const asked = Promise.all([connection.query('*IDN?'), connection.numbers('FETC?', format)]);
  for (const piece of pieces(input.subarray(1))) port.emit('data', piece);
  await Promise.resolve();
  setImmediate(() => connection.lose('it went away'));
  await asked.finally(() => port.destroy());
}

const ppk2Words = Buffer.alloc(400);
for (let i = 0; i < 100; i += 1) ppk2Words.writeUInt32LE(((i & 63) << 18) | (2 << 14) | (100 + i), 4 * i);

/** What comes from instruments, in their own formats. */
export const meterTargets: readonly FuzzTarget[] = [
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
    name: 'ppk2-samples',
    seeds: [ppk2Words, Buffer.concat([ppk2Words.subarray(0, 90), ppk2Words])],
    run: input => {
      const onChunk = silent;
      const decoder = new Ppk2Decoder({
        ranges: nominalPpk2Ranges(),
        supplyMillivolts: 3300,
        spikeFilter: true,
        onChunk,
      });
      const finder = new Ppk2TextFinder();
      for (const piece of pieces(input)) {
        const found = finder.push(piece);
        decoder.push(found.samples);
        if (found.text !== undefined) parsePpk2Metadata(found.text);
      }
      decoder.push(finder.flush());
      decoder.finish();
    },
  },
  {
    name: 'lpm01a-stream',
    seeds: [
      bytesOf(
        '1234-06\r\nTimeStamp: 000s 100ms, buff 01%\r\nevent 1 ris\r\nSummary beg\r\nx\r\nSummary end\r\nend\r\n',
      ),
      Uint8Array.of(
        0x0d,
        0x0a,
        0x12,
        0x34,
        0xf0,
        0xf3,
        0,
        0,
        0,
        9,
        1,
        0xff,
        0xff,
        0xf0,
        0xf1,
        65,
        0xff,
        0xff,
      ),
    ],
    words: ['TimeStamp: ', 'event 9', ' fal', 'err ', 'end', 'Acquisition completed'],
    run: input => {
      const options = { sampleRateHz: 1000, onChunk: silent };
      const lines = new Lpm01aSamples(options);
      for (const line of text(input).split('\n')) takeLpm01aLine(lines, line.trim());
      lines.finish();
      const samples = new Lpm01aSamples(options);
      const words = new Lpm01aWords(samples);
      for (const piece of pieces(input)) if (words.push(piece) !== undefined) break;
      samples.finish();
    },
  },
  {
    name: 'otii-messages',
    seeds: [
      bytesOf(
        '{"type":"information","info":"connected"}\r\n{"type":"response","cmd":"x","trans_id":"1","data":{}}\r\n',
      ),
    ],
    words: ['\r\n', '"type":', 'null', '[[', '{"a":{'],
    run: input => {
      const framer = new OtiiFramer();
      for (const piece of pieces(input)) framer.push(piece);
    },
  },
  {
    name: 'joulescope-messages',
    seeds: [
      bytesOf(
        '{"event":"ready"}\n{"event":"data","signal":"i","index":0,"count":2,"bytes":8}\n\0\0\0\0\0\0\0\0',
      ),
      bytesOf('{"event":"data","signal":"r","index":0,"count":2,"bytes":1}\nx'),
    ],
    words: ['"bytes":', '"event":', '\n', '"count":', 'null'],
    run: input => {
      const framer = new JoulescopeFramer();
      for (const piece of pieces(input))
        framer.push(piece, ({ count }, payload) => {
          for (const signal of ['i', '0', 'r'] as const)
            if (count !== undefined && count <= payload.length) decodeJoulescope(signal, payload, count);
        });
    },
  },
  {
    name: 'scpi-replies',
    seeds: [
      bytesOf('\0Keysight,N6705C,1,2\n1.0,2.0,9.91E37\n'),
      bytesOf('\x01x\n#18\x3f\x80\0\0\x40\0\0\0\n'),
    ],
    words: ['#10', '#9', '#0', '\n', '9.9E37', ',,'],
    run: askScpi,
  },
];
