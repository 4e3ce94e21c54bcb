import { expect } from 'chai';
import { type RP2040, USBCDC } from 'rp2040js';
import { testSegments } from '../../testing/dut/rp2040.js';
import { gates, testBundle } from '../../testing/model/bundle.js';
import { FrameEncoder } from '../../wire/dut/frames.js';
import { Rp2040Board } from './board.js';

const vbusPin = 24;
const stallArm = 0x68;
const quiet = { marker() {}, level() {}, sleep() {}, wake() {}, reset() {} };

/** A board whose USB port hangs on rp2040js's own host; that host is made to answer NAK while it has nothing to send. */
class PluggedBoard {
  /** What came over the UART and over USB, Latin-1. */
  readonly text = { uart: '', usb: '' };
  /** Packets that the control pipe sent after enumeration, and lengths of all data packets. */
  readonly control: Uint8Array[] = [];
  readonly dataPackets: number[] = [];
  isConnected = false;
  readonly #board: Rp2040Board;
  #chip!: RP2040;
  #queue: number[] = [];
  #wanted: { endpoint: number; size: number } | undefined;
  #controlData: Uint8Array | undefined;

  private constructor(hasVbus: boolean) {
    const attach = (chip: RP2040) => {
      this.#chip = chip;
      chip.gpio[vbusPin].setInputValue(hasVbus);
      this.#attachHost(chip);
    };
    this.#board = new Rp2040Board(
      { levelHz: [], uart: 'fast' },
      quiet,
      byte => {
        this.text.uart += String.fromCharCode(byte);
      },
      { translates: true, attach },
    );
  }

  static async start(hasVbus: boolean): Promise<PluggedBoard> {
    const plugged = new PluggedBoard(hasVbus);
    const strategy = { kind: 'hold', name: 's', big: 'big', gate: gates.pair } as const;
    for (const segment of testSegments(await testBundle([strategy]))) plugged.#board.load(segment);
    plugged.#board.reset();
    plugged.#settle();
    return plugged;
  }

  #attachHost(chip: RP2040): void {
    const usb = chip.usbCtrl;
    const host = new USBCDC(usb);
    host.onDeviceConnected = () => {
      this.isConnected = true;
    };
    host.onSerialData = bytes => {
      this.dataPackets.push(bytes.length);
      this.text.usb += Buffer.from(bytes).toString('latin1');
    };
    const enumerate = usb.onEndpointWrite!;
    usb.onEndpointWrite = (endpoint, bytes) => {
      if (endpoint === 0 && this.isConnected) this.control.push(bytes);
      else enumerate(endpoint, bytes);
    };
    usb.onEndpointRead = (endpoint, size) => {
      if (endpoint !== 0) this.#wanted = { endpoint, size };
      else if (this.#controlData !== undefined) usb.endpointReadDone(0, this.#controlData);
      this.#give();
    };
  }

  #give(): void {
    if (this.#wanted === undefined || this.#queue.length === 0) return;
    const { endpoint, size } = this.#wanted;
    this.#wanted = undefined;
    this.#chip.usbCtrl.endpointReadDone(endpoint, Uint8Array.from(this.#queue.splice(0, size)));
  }

  #settle(): void {
    for (let slices = 0; this.#board.run(200_000) !== 'idle'; slices++) expect(slices).to.be.below(1000);
  }

  /** Sends over USB or the UART, runs until nothing moves, and returns what that line answered. */
  exchange(line: 'uart' | 'usb', data: string | Uint8Array): string {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    const from = this.text[line].length;
    if (line === 'uart') this.#board.feed(bytes);
    else {
      this.#queue.push(...bytes);
      this.#give();
    }
    this.#settle();
    return this.text[line].slice(from);
  }

  /** A control transfer (USB 2.0, 9.3); returns what the device sent, or 'stall'. */
  request(type: number, request: number, value: number, length: number, data?: Uint8Array): Buffer | 'stall' {
    const setup = Buffer.alloc(8);
    setup.writeUInt8(type, 0);
    setup.writeUInt8(request, 1);
    setup.writeUInt16LE(value, 2);
    setup.writeUInt16LE(length, 6);
    const usb = this.#chip.usbCtrl;
    this.control.length = 0;
    this.#controlData = data;
    usb.writeUint32(stallArm, 0);
    usb.sendSetupPacket(setup);
    this.#settle();
    this.#controlData = undefined;
    return usb.readUint32(stallArm) === 3 ? 'stall' : Buffer.concat(this.control);
  }
}

describe('USB serial port of the rp2040 firmware', function () {
  this.timeout(60_000);

  it('enumerates where VBUS is present, and is the line from then on', async () => {
    const board = await PluggedBoard.start(true);
    expect(board.isConnected).to.equal(true);
    expect(board.text.uart).to.contain('m-ready\r\n');
    const uartText = board.text.uart;
    expect(board.exchange('usb', 'name%')).to.equal('m-name-dut-[littlefirst-rp2040]\r\nm-ready\r\n');
    expect(board.text.uart).to.equal(uartText);
  });

  it('says and computes the same as the UART', async () => {
    const boards = { usb: await PluggedBoard.start(true), uart: await PluggedBoard.start(false) };
    expect(boards.uart.isConnected).to.equal(false);
    const talk = (line: 'usb' | 'uart') => {
      const board = boards[line];
      const replies = ['lf id%', 'lf level 0%', 'lf selfcheck%', 'lf baud 57600%', 'lf stream%'].map(text =>
        board.exchange(line, text),
      );
      const encoder = new FrameEncoder(4);
      for (let i = 0; i < 40; i++) {
        const window = Uint8Array.of(i % 7, (i * 3) % 11, i & 1, 5);
        const frame = encoder.encode(i, window, new Uint8Array(encoder.frameBytes)).slice();
        replies.push(board.exchange(line, frame));
      }
      return replies;
    };
    const overUsb = talk('usb');
    expect(overUsb.filter(reply => reply.startsWith('m-w '))).to.have.length(40);
    expect(overUsb).to.deep.equal(talk('uart'));
  });

  it('describes itself, keeps the line coding and refuses what it does not know', async () => {
    const board = await PluggedBoard.start(true);
    const device = board.request(0x80, 6, 0x0100, 64) as Buffer;
    expect(device).to.have.length(18);
    expect([device.readUInt16LE(8), device.readUInt16LE(10)]).to.deep.equal([0x1209, 0x0001]);
    expect(board.request(0x80, 6, 0x0100, 8), 'the first look').to.have.length(8);
    const configuration = board.request(0x80, 6, 0x0200, 255) as Buffer;
    expect(configuration).to.have.length(configuration.readUInt16LE(2));
    expect(board.request(0x80, 6, 0x0300, 255)).to.deep.equal(Buffer.from([4, 3, 9, 4]));
    const product = board.request(0x80, 6, 0x0302, 255) as Buffer;
    expect(product.subarray(2).toString('utf16le')).to.equal('littlefirst-rp2040');
    const coding = Buffer.from([0x80, 0x25, 0, 0, 0, 0, 8]);
    expect(board.request(0x21, 0x20, 0, 7, coding), 'status').to.have.length(0);
    expect(board.request(0xa1, 0x21, 0, 7)).to.deep.equal(coding);
    expect(board.request(0x80, 8, 0, 1)).to.deep.equal(Buffer.from([1]));
    expect(board.request(0x80, 6, 0x0600, 10), 'a qualifier of high speed').to.equal('stall');
    expect(board.request(0x40, 1, 0, 0), 'a vendor request').to.equal('stall');
    expect(board.exchange('usb', 'name%')).to.contain('m-name-dut');
  });

  it('ends a reply that fills its packets with an empty one', async () => {
    const board = await PluggedBoard.start(true);
    const lengths = new Set<number>();
    for (let length = 1; length <= 64; length++) {
      board.dataPackets.length = 0;
      const reply = board.exchange('usb', `${'x'.repeat(length)}%`);
      expect(reply.endsWith('m-ready\r\n'), reply).to.equal(true);
      expect(board.dataPackets.at(-1), `a command of ${length}`).to.be.below(64);
      for (const bytes of board.dataPackets) lengths.add(bytes);
    }
    expect([...lengths]).to.include.members([0, 64]);
  });

  it('refuses levels below clk_usb while it is the line, and gives the line back when it is closed', async () => {
    const board = await PluggedBoard.start(true);
    expect(board.exchange('usb', 'lf level 1%')).to.match(/^e-\[lf,level,registers outside/);
    expect(board.request(0x21, 0x22, 0, 0), 'DTR off').to.have.length(0);
    expect(board.exchange('uart', 'lf level 1%')).to.contain('hz=24000000');
    expect(board.exchange('uart', 'lf level 0%')).to.contain('m-ready');
    expect(board.request(0x21, 0x22, 1, 0), 'DTR on').to.have.length(0);
    expect(board.exchange('usb', 'name%')).to.contain('m-name-dut');
  });
});
