import type { LineDiagnosis } from './line-watch.js';

const flowControl = [0x11, 0x13];
const telnetCommand = 0xff;

/**
 * Why one frame does not get through while others do: the bytes that only it holds. A line without any special bytes eaten shows nothing.
 * @param frame as it was sent
 * @param passed frames that came through
 */
export function diagnoseFrame(frame: Uint8Array, passed: Iterable<Uint8Array>): LineDiagnosis | undefined {
  const fine = new Set<number>();
  for (const other of passed) for (const byte of other) fine.add(byte);
  const suspects = new Set([...frame].filter(byte => !fine.has(byte)));
  const isHighFine = [...fine].some(byte => byte >= 0x80);
  if (flowControl.some(byte => suspects.has(byte)))
    return {
      seen: 'the frame holds bytes 11 or 13 hex, which have not come through yet: XON/XOFF eats bytes',
      hint: 'switch software flow control off (stty -ixon -ixoff; ser2net: -XONXOFF)',
    };
  if (!isHighFine && [...suspects].some(byte => byte >= 0x80))
    return {
      seen: 'no byte from 80 hex on has come through yet: the line has seven data bits',
      hint: 'set adapter or server to 8N1 (stty cs8 -parenb -istrip; ser2net: 8DATABITS NONE)',
    };
  if (suspects.has(telnetCommand))
    return {
      seen: 'the frame holds byte ff hex, which has not come through yet: a telnet server takes it for a command',
      hint: 'use rfc2217://host:port, or let the server serve the port raw',
    };
  return undefined;
}
