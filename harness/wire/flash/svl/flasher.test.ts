import { expect } from 'chai';
import fc from 'fast-check';
import { openTerminal, type Terminal } from '../../../emulator/instruments/terminal.js';
import { SvlPeer, type SvlPeerFaults } from '../../../testing/devices/svl-peer.js';
import { failure } from '../../../testing/failure.js';
import { closeLink, openLink } from '../../link/open.js';
import { SvlFlasher, type SvlTiming, svlProgram } from './flasher.js';
import { parseSvl, svlCommands, svlCrc, svlFrameBytes, svlPacket } from './packet.js';

const image = Uint8Array.from({ length: 5001 }, (_, index) => (index * 37) & 0xff);
const blob = Uint8Array.from({ length: 777 }, (_, index) => (index * 11 + 3) & 0xff);
const segments = [
  { address: 0x1_0000, data: image },
  { address: 0x1_3000, data: blob },
];
/** Frames of the program: up to the end of the blob. */
const frames = Math.ceil((0x3000 + blob.length) / svlFrameBytes);
const timing: Partial<SvlTiming> = { start: 1, version: 150, request: 300, end: 150 };

describe('SVL packets', () => {
  it('have the CRC that svl.py computes by its table', () => {
    /* CRC-16/UMTS in the catalogue of parametrised CRC algorithms; 0x8005 and 0x800f are the table's entries 1 and 2. */
    expect(svlCrc(Buffer.from('123456789'))).to.equal(0xfee8);
    expect([svlCrc(Uint8Array.of(1)), svlCrc(Uint8Array.of(2)), svlCrc(Uint8Array.of(0xff))]).to.deep.equal([
      0x8005, 0x800f, 0x0202,
    ]);
    expect([...svlPacket('enter')]).to.deep.equal([0, 3, 2, 0x80, 0x0f]);
  });

  it('carry any data, and notice any flipped bit', () => {
    const names = Object.keys(svlCommands) as (keyof typeof svlCommands)[];
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        (command, data, bit) => {
          const packet = svlPacket(command, data);
          expect(parseSvl(packet, svlFrameBytes)).to.deep.equal({
            ...{ kind: 'packet', command, data, taken: packet.length },
          });
          for (let cut = 0; cut < packet.length; cut += 7)
            expect(parseSvl(packet.subarray(0, cut), svlFrameBytes)).to.deep.equal({ kind: 'partial' });
          const at = 2 + (bit % (packet.length - 2));
          packet[at] ^= 1 << (bit % 8);
          expect(parseSvl(packet, svlFrameBytes).kind).to.equal('damaged');
        },
      ),
    );
  });
});

describe('SVL flasher', () => {
  let terminal: Terminal;
  let peer: SvlPeer;

  const flasherFor = (faults: SvlPeerFaults, attempts = 2): SvlFlasher => {
    terminal = openTerminal();
    peer = new SvlPeer(terminal.port, faults);
    return new SvlFlasher({
      ...{ attempts, timing },
      open: async baudRate => {
        const link = await openLink(`serial:${terminal.path}`, { baudRate });
        return { stream: link, restart: async () => peer.restart(), close: () => closeLink(link) };
      },
    });
  };
  afterEach(() => {
    peer?.close();
    terminal?.close();
  });
  const isWritten = (): void => {
    expect(Buffer.compare(peer.flash.subarray(0x1_0000, 0x1_0000 + image.length), image)).to.equal(0);
    expect(Buffer.compare(peer.flash.subarray(0x1_3000, 0x1_3000 + blob.length), blob)).to.equal(0);
    expect(peer.flash.subarray(0x1_0000 + image.length, 0x1_3000).every(byte => byte === 0xff)).to.equal(
      true,
    );
    expect(peer.flash.subarray(0, 0x1_0000).every(byte => byte === 0)).to.equal(true);
    expect(peer.ended).to.equal(1);
  };

  it('writes image and bundle as one piece, and says that nothing was read back', async () => {
    const report = await flasherFor({}).flash(segments);
    isWritten();
    expect(report).to.deep.include({ flasher: 'svl', verified: 'none' });
    expect(report.segments.map(({ bytes }) => bytes)).to.deep.equal([image.length, blob.length]);
    expect(peer.starts).to.equal(1);
  });

  const mended: [string, SvlPeerFaults, starts: number][] = [
    ['frames that come damaged', { damages: [1, 3, 4] }, 1],
    ['frames that lose a byte', { loses: [2, 5] }, 1],
    ['three bad tries of one frame', { damages: [2, 3, 4] }, 1],
    ['an end that comes damaged', { damagesEnds: 2 }, 1],
    ['what the line shows when the transmitter starts', { blip: [0xfc, 0x00, 0xff] }, 1],
    ['a board that did not listen in time', { deafStarts: 1 }, 2],
    ['a request that comes damaged: the session begins anew', { damagesRequests: [3] }, 2],
  ];
  for (const [what, faults, starts] of mended)
    it(`gets over ${what}`, async () => {
      const flasher = flasherFor(faults);
      await flasher.flash(segments);
      isWritten();
      expect(peer.starts).to.equal(starts);
    });

  const refusals: [string, SvlPeerFaults, RegExp][] = [
    ['a silent board', { isSilent: true }, /boot loader does not answer/],
    ['a frame that never arrives whole', { refusesAll: true }, /frame 1 of \d+ was refused 4 times/],
    ['a board that stops', { stopsAfter: 2 }, /asked for no more after frame 2 of/],
    ['an end that never arrives', { damagesEnds: 99 }, /the end was refused/],
  ];
  for (const [what, faults, message] of refusals)
    it(`tells of ${what}`, async () => {
      const error = await failure(flasherFor(faults).flash(segments));
      expect(error.code).to.equal('LF_FLASH_FAILED');
      expect(error.message).to.match(message);
      expect(peer.starts).to.equal(2);
      expect(peer.ended).to.equal(0);
    });

  it('ends at the signal, in the middle of the program, and frees the line', async () => {
    const flasher = flasherFor({ stopsAfter: frames - 2 });
    const controller = new AbortController();
    const end = flasher.flash(segments, controller.signal);
    terminal.port.once('data', () => setImmediate(() => controller.abort(new Error('enough'))));
    let reason: unknown;
    await end.catch((error: unknown) => {
      reason = error;
    });
    expect(reason).to.have.property('message', 'enough');
    const link = await openLink(`serial:${terminal.path}`);
    await closeLink(link);
  });

  it('refuses what lies below the program', () => {
    expect(() => svlProgram([{ address: 0xc000, data: blob }])).to.throw(/where the boot loaders are/);
  });
});
