import { Duplex } from 'node:stream';
import { expect } from 'chai';
import type { SampleChunk } from '../meter.js';
import { Lpm01aMeter } from './driver.js';

/** Plays a transcript: what the instrument says to each command; unknown ones are acknowledged. */
function scripted(answers: Record<string, string>): Duplex {
  const port: Duplex = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      for (const command of bytes.toString('latin1').split('\r\n').filter(Boolean))
        port.push(Buffer.from(answers[command] ?? `\r\nPowerShield > ack ${command}\r\n\r\n`, 'latin1'));
      done();
    },
  });
  return port;
}

async function measure(answers: Record<string, string>) {
  const meter = new Lpm01aMeter({ port: scripted(answers), replyTimeoutMs: 2000 });
  await meter.configure({ supplyMillivolts: 3300, sampleRateHz: 1000 });
  const chunks: SampleChunk[] = [];
  await meter.start(chunk => chunks.push(chunk));
  const status = await meter.stop();
  await meter.close();
  return {
    status,
    logic: chunks.flatMap(chunk => [...chunk.logic]),
    current: chunks.flatMap(chunk => [...chunk.current]),
  };
}

const samples = (count: number) => '6409-07\r\n'.repeat(count);

describe('LPM01A driver on transcripts', () => {
  it('should read an acquisition of firmware 1.0.0 as UM2269 prints it', async () => {
    const { status, current } = await measure({
      'eventsrc d7 both': '\r\nPowerShield > err eventsrc\r\nError detail: command not recognized\r\n\r\n',
      'eventsrc d7 ris': '\r\nPowerShield > err eventsrc\r\nError detail: command not recognized\r\n\r\n',
      start: `\r\nPowerShield > ack start\r\n\r\n${samples(1000)}Timestamp: 001s 000ms, buff 00%\r\n${samples(20)}`,
      stop: '\r\nPowerShield > ack stop\r\nsummary beg\r\n6409-07\r\nsummary end\r\nend\r\n',
    });
    expect(status).to.deep.include({ samples: 1020, lostSamples: 0, unwatchedSamples: 20, problems: [] });
    expect(current).to.have.length(1020);
    expect(new Set(current)).to.deep.equal(new Set([6409e-7]));
  });

  it('should take a summary that "end" alone closes', async () => {
    const { status } = await measure({
      start: `\r\nPowerShield > ack start\r\n\r\n${samples(3)}`,
      stop: 'summary beg\r\n6409-07\r\nend\r\n',
    });
    expect(status).to.deep.include({ samples: 3, unwatchedSamples: 3, problems: [] });
  });

  it('should read newer firmware: a NUL after a timestamp, events that are all called "ris"', async () => {
    const { status, logic } = await measure({
      start: `\r\nPowerShield > ack start\r\n\r\n${samples(10)}event 1 ris\r\n${samples(5)}event 2 ris\r\n${samples(985)}TimeStamp: 001s 000ms, buff 00%\r\n\0${samples(10)}`,
      stop: '\r\nPowerShield > ack stop\r\n\r\nPowerShield > Acquisition completed\r\n',
    });
    expect(status).to.deep.include({ samples: 1010, lostSamples: 0, unwatchedSamples: 10, problems: [] });
    expect(logic.slice(8, 17)).to.deep.equal([0, 0, 1, 1, 1, 1, 1, 0, 0]);
  });

  it('should believe labels once one says "fal", and name lost edges', async () => {
    const { status, logic } = await measure({
      start: `\r\nPowerShield > ack start\r\n\r\n${samples(2)}event 1 ris\r\n${samples(2)}event 2 fal\r\n${samples(2)}event 5 ris\r\n${samples(2)}`,
      stop: '\r\nPowerShield > Acquisition completed\r\n',
    });
    expect(logic).to.deep.equal([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(status.problems).to.deep.equal(['2 edges of D7 were lost']);
  });

  it('should read what a bench with firmware 1.0.1 sent: a time stamp first, service lines between replies, its banner in the first command', async () => {
    let asked = 0;
    const answers: Record<string, string> = {
      'volt 3300m': '\r\nack volt 3300m\r\ncalibration request handled\r\nPowerShield > ',
      'eventsrc d7 both': '\r\nerror: Command unknown\r\n',
      'eventsrc d7 ris': '\r\nerror: Command unknown\r\n',
      start: `\r\nPowerShield > ack start\r\nTimeStamp: 000s 000ms, buff 00%\r\n\0${samples(1000)}TimeStamp: 001s 000ms, buff 00%\r\n\0${samples(5)}`,
      stop: 'summary beg\r\n6409-07\r\nsummary end\r\nend\r\n',
    };
    Object.defineProperty(answers, 'htc', {
      get: () => {
        asked += 1;
        return asked === 1 ? '\r\nerror: Command unknown\r\n' : '\r\nack htc\r\n';
      },
    });
    const { status, current } = await measure(answers);
    expect(asked).to.equal(2);
    expect(current).to.have.length(1005);
    expect(status).to.deep.include({ samples: 1005, lostSamples: 0, unwatchedSamples: 5, problems: [] });
  });

  it('should say that an acquisition ended by itself, and not wait for its end', async () => {
    const { status } = await measure({
      start: `\r\nPowerShield > ack start\r\n\r\n${samples(3)}Overcurrent\r\nend\r\n`,
      stop: '',
    });
    expect(status.overcurrent).to.equal(true);
    expect(status.problems).to.deep.equal(['the acquisition ended by itself']);
  });

  it('should say what was refused, and why', async () => {
    const meter = new Lpm01aMeter({
      port: scripted({ 'volt 3300m': '\r\nPowerShield > error volt\r\nError detail: out of range\r\n\r\n' }),
    });
    let message = '';
    await meter.configure({ supplyMillivolts: 3300 }).catch(error => {
      message = String(error.message);
    });
    expect(message).to.match(/refused[\s\S]*error volt \(to "volt 3300m"\)/);
    await meter.close();
  });
});
