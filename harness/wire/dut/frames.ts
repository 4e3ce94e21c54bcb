import { cobsEncode, maxEncodedLength } from '../link/cobs.js';
import { crc16 } from '../link/crc16.js';

/** Ends the streaming mode: two empty frames. */
export const endOfStream = Uint8Array.of(0, 0);
/** Ends whatever a damaged frame left behind. */
export const resynchronise = Uint8Array.of(0);

/** Builds the binary frames of the stream: COBS(u16 LE sequence, payload, u16 LE CRC) and 0x00. */
export class FrameEncoder {
  private readonly plain: Uint8Array;

  /** @param payloadBytes longest payload */
  constructor(private readonly payloadBytes: number) {
    this.plain = new Uint8Array(payloadBytes + 4);
  }

  /** Bytes a buffer needs to hold any frame. */
  get frameBytes(): number {
    return maxEncodedLength(this.payloadBytes + 4) + 1;
  }

  /**
   * Encodes one frame.
   * @param sequence 0..65535
   * @param payload at most `payloadBytes` bytes; an empty one makes the flush frame
   * @param target holds at least `frameBytes` bytes
   * @returns the part of `target` that holds the frame
   */
  encode(sequence: number, payload: Uint8Array, target: Uint8Array): Uint8Array {
    const { plain } = this;
    const end = payload.length + 2;
    plain[0] = sequence & 0xff;
    plain[1] = sequence >> 8;
    plain.set(payload, 2);
    const crc = crc16(plain, 0, end);
    plain[end] = crc & 0xff;
    plain[end + 1] = crc >> 8;
    const stop = cobsEncode(plain, end + 2, target);
    target[stop] = 0;
    return target.subarray(0, stop + 1);
  }
}
