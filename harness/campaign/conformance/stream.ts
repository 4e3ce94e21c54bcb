import { endOfStream, FrameEncoder, resynchronise } from '../../wire/dut/frames.js';
import { type Check, fail, pass } from './finding.js';
import type { Rig } from './rig.js';

/** Frames beyond the credits. */
const beyond = 3;
/** Byte of a frame that is damaged: inside the payload. */
const damagedByte = 9;

function framesOf(rig: Rig): (sequence: number, window?: number) => Uint8Array {
  const { windowBytes, windows } = rig.bundle;
  const encoder = new FrameEncoder(windowBytes);
  return (sequence, window = sequence) =>
    encoder
      .encode(sequence, windows.bytes(window % windows.count), new Uint8Array(encoder.frameBytes))
      .slice();
}

/** Enters the mode. @returns the credits */
async function enter(rig: Rig, command: string): Promise<number> {
  rig.send(`${command}%`);
  const reply = await rig.checked('stream-start');
  const match = /^m-lf-stream credits=(\d+)/.exec(reply);
  if (!match) throw new Error(`${command} was answered by ${reply}`);
  return Number(match[1]);
}

/** Leaves the mode whatever its parser holds. @returns windows that the DUT counted */
async function leave(rig: Rig): Promise<number> {
  rig.send(resynchronise);
  rig.send(endOfStream);
  for (;;) {
    const match = /^m-lf-streamed windows=(\d+)$/.exec(await rig.checked('stream-end'));
    if (!match) continue;
    await rig.untilReady();
    return Number(match[1]);
  }
}

export const crc: Check = {
  name: 'crc',
  title: 'refuses damaged, cut and misnumbered frames, and takes them when they come right',
  look: "uart_handler: bytes in order, none dropped, none twice; the CRC itself is the core's",
  run: async rig => {
    const frame = framesOf(rig);
    await enter(rig, 'lf stream');
    const expect = async (sent: Uint8Array, wanted: RegExp, what: string): Promise<string | undefined> => {
      rig.send(sent);
      const reply = await rig.checked();
      return wanted.test(reply) ? undefined : `${what} was answered by ${reply}`;
    };
    const damaged = frame(0);
    damaged[damagedByte] ^= damaged[damagedByte] === 0x55 ? 0x33 : 0x55;
    const steps: [Uint8Array, RegExp, string][] = [
      [damaged, /^e-\[nak,0,(crc|length)\]$/, 'a damaged frame'],
      [frame(0), /^m-w 0 /, 'the frame sent again'],
      [Uint8Array.of(...frame(1).subarray(0, 20), 0), /^e-\[nak,1,(crc|length)\]$/, 'a cut frame'],
      [frame(1), /^m-w 1 /, 'the whole frame'],
      [frame(7), /^e-\[nak,2,sequence\]$/, 'frame 7 instead of 2'],
      [frame(2), /^m-w 2 /, 'frame 2'],
    ];
    let wrong: string | undefined;
    for (const [sent, wanted, what] of steps) wrong ??= await expect(sent, wanted, what);
    const windows = await leave(rig);
    if (wrong !== undefined) return fail(wrong);
    return windows === 3
      ? pass('3 damaged frames refused, 3 windows answered')
      : fail(`${windows} windows counted instead of 3`);
  },
};

export const credits: Check = {
  name: 'credits',
  title: 'takes as many frames at once as its credits say, and asks again for those beyond',
  look: 'PORT_RING_BYTES; uart_handler while networks run: a byte lost there shows as a frame that is asked for again',
  run: async rig => {
    const frame = framesOf(rig);
    const count = await enter(rig, 'lf stream quiet');
    for (let i = 0; i < count + beyond; i++) rig.send(frame(i));
    const refused: string[] = [];
    for (let answered = 0; answered < count; ) {
      const reply = await rig.checked();
      if (reply.startsWith(`m-w ${answered} `)) answered += 1;
      else if (reply.startsWith('e-[nak,') && answered < count) refused.push(reply);
      else {
        await leave(rig);
        return fail(`window ${answered} of ${count} was answered by ${reply}`);
      }
    }
    const early = refused.find(reply => !/^e-\[nak,\d+,(credit|sequence)\]$/.test(reply));
    const windows = await leave(rig);
    if (early !== undefined) return fail(`a frame within the credits was refused: ${early}`);
    if (windows < count) return fail(`${windows} windows counted, ${count} credits`);
    return pass(`${count} credits, ${count + beyond} frames at once`);
  },
};
