import { LittlefirstError } from '../../errors.js';

/** What is done with the control lines after opening: set where given, else left as the system has them. */
export interface ControlLines {
  dtr?: boolean;
  rts?: boolean;
}

/** Where a DUT's serial line ends on the host's side. */
export type LinkAddress =
  | ({ kind: 'serial'; path: string; baudRate: number } & ControlLines)
  | { kind: 'tcp'; host: string; port: number }
  | ({ kind: 'rfc2217'; host: string; port: number; baudRate: number } & ControlLines)
  | { kind: 'unix'; path: string }
  /** A serial port of the labgrid place that the bench leases: by its name, or the only one. `query`: options of an rfc2217 link, with their `?`. */
  | { kind: 'place'; name?: string; query: string }
  | { kind: 'emulated' };

/** Line rate unless the URL or the board says otherwise, bits per second. */
export const defaultBaudRate = 115200;

const forms =
  'serial:/dev/ttyACM0?baud=115200&dtr=off, tcp:host:port, rfc2217://host:port?baud=115200, unix:/path, labgrid: or emulated:';

function invalid(url: string, reason: string): LittlefirstError {
  return new LittlefirstError('LF_CONFIG_INVALID', `"${url}" is not a link: ${reason}`, {
    expected: forms,
    received: url,
  });
}

function wholeNumber(url: string, text: string, low: number, high: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    throw invalid(url, `${what} must be a whole number from ${low} to ${high}`);
  return value;
}

/** Rate and control lines behind the `?` of a URL. */
function portOptions(url: string, query: string, boardBaudRate: number): ControlLines & { baudRate: number } {
  const options = new URLSearchParams(query);
  for (const key of options.keys())
    if (!['baud', 'dtr', 'rts'].includes(key)) throw invalid(url, `unknown option "${key}"`);
  const line = (name: 'dtr' | 'rts'): ControlLines => {
    const value = options.get(name);
    if (value !== null && value !== 'on' && value !== 'off') throw invalid(url, `${name} must be on or off`);
    return value === null ? {} : { [name]: value === 'on' };
  };
  const baud = options.get('baud');
  const baudRate = baud === null ? boardBaudRate : wholeNumber(url, baud, 1, 20_000_000, 'baud');
  return { baudRate, ...line('dtr'), ...line('rts') };
}

function serialAddress(url: string, rest: string, boardBaudRate: number): LinkAddress {
  const query = rest.indexOf('?');
  const path = query < 0 ? rest : rest.slice(0, query);
  if (path === '') throw invalid(url, 'the path of the serial port is missing');
  return { kind: 'serial', path, ...portOptions(url, query < 0 ? '' : rest.slice(query + 1), boardBaudRate) };
}

function hostAndPort(url: string, rest: string): { host: string; port: number } {
  const address = rest.replace(/^\/\//, '');
  const split = address.lastIndexOf(':');
  if (split <= 0) throw invalid(url, 'host and port are needed');
  const host = address.slice(0, split).replace(/^\[(.*)\]$/, '$1');
  return { host, port: wholeNumber(url, address.slice(split + 1), 1, 65535, 'the port') };
}

function rfc2217Address(url: string, rest: string, boardBaudRate: number): LinkAddress {
  const [address, query = ''] = rest.split('?', 2);
  return { kind: 'rfc2217', ...hostAndPort(url, address), ...portOptions(url, query, boardBaudRate) };
}

function placeAddress(url: string, rest: string, boardBaudRate: number): LinkAddress {
  const [, name, query] = /^([^?]*)(.*)$/s.exec(rest)!;
  if (/^\/|\s/.test(name))
    throw invalid(url, 'labgrid:NAME takes the name of a serial port; the place stands in lease:');
  portOptions(url, query.slice(1), boardBaudRate);
  return { kind: 'place', name: name === '' ? undefined : name, query };
}

/**
 * Parses a link URL.
 * @param boardBaudRate rate of a serial port whose URL names none
 * @throws LF_CONFIG_INVALID
 */
export function parseLinkUrl(url: string, boardBaudRate = defaultBaudRate): LinkAddress {
  const colon = url.indexOf(':');
  const scheme = url.slice(0, Math.max(colon, 0));
  const rest = url.slice(colon + 1);
  if (scheme === 'serial') return serialAddress(url, rest, boardBaudRate);
  if (scheme === 'emulated') {
    if (rest !== '') throw invalid(url, 'nothing may follow "emulated:"');
    return { kind: 'emulated' };
  }
  if (scheme === 'unix') {
    if (rest === '') throw invalid(url, 'the path of the socket is missing');
    return { kind: 'unix', path: rest };
  }
  if (scheme === 'labgrid') return placeAddress(url, rest, boardBaudRate);
  if (scheme === 'tcp') return { kind: 'tcp', ...hostAndPort(url, rest) };
  if (scheme === 'rfc2217') return rfc2217Address(url, rest, boardBaudRate);
  throw invalid(url, `unknown scheme "${scheme}"`);
}
