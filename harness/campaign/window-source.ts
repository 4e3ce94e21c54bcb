import type { ScaledWindows } from '../data/scaling.js';
import type { WindowFormat } from '../model/bundle/schema.js';
import type { WindowSource } from '../wire/dut/stream.js';

/**
 * Windows `from` .. `to - 1` as a source for the stream. A window that begins one stride after the one before it in the same
 * recording gives only its new samples.
 * @param windows windows in a bundle's format; overlapping ones must share memory
 * @param format samples of a window and of a stride
 */
export function windowSource(
  windows: Pick<ScaledWindows, 'bytes'>,
  { samples, stride }: Pick<WindowFormat, 'samples' | 'stride'>,
  from: number,
  to: number,
): WindowSource {
  const windowBytes = windows.bytes(from).length;
  const source: WindowSource = { count: to - from, windowBytes, payload: i => windows.bytes(from + i) };
  if (stride >= samples) return source;
  const bytes = (windowBytes / samples) * stride;
  const of = (i: number): Uint8Array | undefined => {
    const [before, now] = [windows.bytes(from + i - 1), windows.bytes(from + i)];
    const follows = before.buffer === now.buffer && now.byteOffset - before.byteOffset === bytes;
    return follows ? now.subarray(windowBytes - bytes) : undefined;
  };
  return { ...source, tail: { bytes, of } };
}
