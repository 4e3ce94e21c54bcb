import { Duplex } from 'node:stream';
import { parseServeLink } from '../../../emulator/instruments/link.js';
import { emulatedInstrumentNames, emulatedInstruments } from '../../../emulator/instruments/open.js';
import { ScriptedSource } from '../../../machine/waveform.js';
import type { Meter } from '../../../measure/meter/meter.js';
import { type MeterDriverName, openMeter } from '../../../measure/meter/open.js';
import type { FuzzTarget } from '../fuzzer.js';
import { bytesOf, text } from './bytes.js';

const settle = async (): Promise<void> => {};
/** Turns of the event loop in which an instrument carries out what it was told. */
const turns = 12;

/** An instrument's client sends these bytes; then the load goes on for a moment. */
async function command(name: MeterDriverName, input: Buffer): Promise<void> {
  const source = new ScriptedSource();
  const instrument = emulatedInstruments[name]({ source, settle, power: settle });
  let failure: Error | undefined;
  instrument.port.on('error', error => {
    failure = error;
  });
  instrument.port.on('data', () => {});
  const half = input.length >> 1;
  for (const part of [input.subarray(0, half), input.subarray(half)]) {
    instrument.port.write(part);
    for (let i = 0; i < turns; i += 1) await new Promise(resolve => setImmediate(resolve));
    source.play([{ amps: 1e-3, marker: 1, seconds: 0.002 }]);
  }
  instrument.port.destroy();
  if (failure !== undefined) throw failure;
}

/** What one side says at a time. */
interface Conversation {
  client: Buffer[];
  /** After each of the client's writes. */
  instrument: Buffer[];
}

/** A session of a driver with its emulated instrument. */
async function conversation(name: MeterDriverName): Promise<Conversation> {
  const source = new ScriptedSource();
  const { port } = emulatedInstruments[name]({ source, settle, power: settle });
  const heard: Conversation = { client: [], instrument: [] };
  const between = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      heard.client.push(bytes);
      heard.instrument.push(Buffer.alloc(0));
      port.write(bytes);
      done();
    },
  });
  port.on('data', (bytes: Buffer) => {
    heard.instrument.push(Buffer.concat([heard.instrument.pop() ?? Buffer.alloc(0), bytes]));
    between.push(bytes);
  });
  const meter = openMeter(name, { port: between, emulated: true });
  await session(meter, () => source.play([{ amps: 1e-3, marker: 1, seconds: 0.003 }]));
  port.destroy();
  return heard;
}

async function session(meter: Meter, play: () => void): Promise<void> {
  try {
    await meter.identify();
    await meter.configure({ supplyMillivolts: 3300 });
    await meter.start(() => {});
    play();
    await meter.stop();
    meter.accuracy();
  } finally {
    await meter.close();
  }
}

/** Between what an instrument says after one write and after the next. */
const pause = Buffer.from([0xf5, 0xf6, 0xf7, 0xf8]);

/** Turns of the event loop in which nobody says anything, after which an instrument says what it has left, or is unplugged. */
const silentTurns = 50;

/**
 * A driver hears these bytes, piece by piece as it asks; then the instrument is unplugged. Silence counts in turns of the event loop: a
 * driver whose answer is not among the bytes would else sit out its patience again and again.
 */
async function answer(name: MeterDriverName, input: Buffer): Promise<void> {
  const replies = text(input).split(text(pause)).map(bytesOf);
  let silent = 0;
  const port = new Duplex({
    read: () => {},
    write: (_bytes, _encoding, done) => {
      silent = 0;
      done();
      setImmediate(next);
    },
  });
  const next = () => {
    const reply = replies.shift();
    if (reply !== undefined && !port.destroyed) port.push(reply);
  };
  const listen = () => {
    if (port.destroyed) return;
    silent += 1;
    if (silent >= silentTurns) {
      silent = 0;
      if (replies.length === 0) port.destroy();
      else next();
    }
    setImmediate(listen);
  };
  listen();
  port.on('error', () => {});
  await session(openMeter(name, { port, emulated: true, replyTimeoutMs: 100 }), () => {});
}

const words = [
  '*IDN?',
  ':MEAS',
  '?',
  '(@1)',
  ';',
  '\n',
  '\r\n',
  '{"cmd":"start","rate":',
  '"type":"request"',
  'MAX',
  '#H',
];

const conversations = await Promise.all(
  emulatedInstrumentNames.map(async name => ({ name, heard: await conversation(name) })),
);

/** Both sides of every instrument's line, and where emulated ones are asked to listen. */
export const instrumentTargets: readonly FuzzTarget[] = [
  ...conversations.map(({ name, heard }) => ({
    name: `emulated-${name}`,
    seeds: [Buffer.concat(heard.client)],
    words,
    run: (input: Buffer) => command(name, input),
  })),
  ...conversations.map(({ name, heard }) => ({
    name: `driver-${name}`,
    maxBytes: 16_384,
    seeds: [Buffer.concat(heard.instrument.flatMap(reply => [reply, pause]))],
    words: [text(pause), 'null', '-1', 'nan', '"data":', '[]', '#10', 'OK', 'END'],
    run: (input: Buffer) => answer(name, input),
  })),
  {
    name: 'serve-links',
    seeds: ['tcp:0', 'tcp:[::1]:80', 'serial:/tmp/x'].map(bytesOf),
    run: input => parseServeLink(text(input)),
  },
];
