import type { Duplex } from 'node:stream';
import type { OtiiData } from '../../../measure/meter/otii/protocol.js';

/** Sends one message. */
export function send(port: Duplex, message: OtiiData): void {
  if (!port.destroyed) port.push(Buffer.from(`${toJson(message)}\r\n`, 'utf8'));
}

/** Quantities, which the server writes with a decimal point even where they are whole: the vendor's examples format them as such. */
const quantities = new Set([
  'min',
  'max',
  'average',
  'energy',
  'from',
  'to',
  'offset',
  'timestamp',
  'interval',
]);
const mark = '\u0001';

function toJson(message: OtiiData): string {
  const text = JSON.stringify(message, (key, value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && quantities.has(key)
      ? `${mark}${value}.0${mark}`
      : value,
  );
  return text.replace(/"\\u0001(-?\d+\.0)\\u0001"/g, '$1');
}
