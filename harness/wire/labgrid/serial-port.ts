import { LittlefirstError } from '../../errors.js';
import { visibleLine } from '../../visible.js';
import type { LinkAddress } from '../link/url.js';
import type { PlaceMessage, ResourceMessage } from './messages.js';
import { plainOf } from './messages.js';

/** The class that labgrid's exporter gives USBSerialPort and RawSerialPort too: each is behind a ser2net. */
const serialClass = 'NetworkSerialPort';

/** A serial port of a place: what it is called, and what the exporter says of it now. */
export interface PlacePort {
  names: string[];
  resource: ResourceMessage;
}

/** The serial ports that were acquired with a place. @param resources by `exporter/group/name` */
export function serialPorts(
  { matches = [], acquired_resources = [] }: PlaceMessage,
  resources: ReadonlyMap<string, ResourceMessage>,
): PlacePort[] {
  return acquired_resources.flatMap(path => {
    const [exporter, group, cls, name] = path.split('/');
    const resource = resources.get(`${exporter}/${group}/${name}`);
    if (resource?.cls !== serialClass) return [];
    /* A pattern of a place has no more than these (labgrid 26.0, `ResourceMatch.ismatch`). */
    const isMatch = (pattern: string, text: string) => globs(pattern).test(text);
    const match = matches.find(
      one =>
        isMatch(one.exporter, exporter) &&
        isMatch(one.group, group) &&
        isMatch(one.cls, cls) &&
        (one.name === undefined || one.name === '' || isMatch(one.name, name)),
    );
    return [{ names: [...(match?.rename ? [match.rename] : []), name], resource }];
  });
}

/** `*`, `?` and `[...]` of a shell's pattern. */
function globs(pattern: string): RegExp {
  const source = pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, part => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    if (part.length > 1) return part.replace(/\\/g, '\\\\').replace(/^\[!/, '[^');
    return part.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

/**
 * The port that a link means: the one of that name, or the only one.
 * @throws LF_CONFIG_INVALID where the place has none, or several and the link names none of them
 */
export function chosenPort(ports: readonly PlacePort[], name: string | undefined, place: string): PlacePort {
  const fitting = ports.filter(({ names }) => name === undefined || names.includes(name));
  if (fitting.length === 1) return fitting[0];
  const offered = ports.map(({ names }) => `labgrid:${names[0]}`).join(', ');
  throw new LittlefirstError('LF_CONFIG_INVALID', 'Which serial port of the labgrid place is the board?', {
    expected: ports.length === 0 ? `a place with a ${serialClass}` : `one of ${visibleLine(offered)}`,
    received: `link labgrid:${name ?? ''}, and ${ports.length} serial ports in ${visibleLine(place)}`,
    hint: `\`labgrid-client -p ${visibleLine(place)} show\` lists what the place has`,
  });
}

/** The link to a port as the exporter serves it at the moment; undefined while it does not. @throws LF_CONFIG_INVALID for a port behind a proxy */
export function linkOf(
  { names, resource }: PlacePort,
  { query }: Extract<LinkAddress, { kind: 'place' }>,
): string | undefined {
  const { params = {}, extra = {}, avail } = resource;
  const [host, port, protocol] = ['host', 'port', 'protocol'].map(key => plainOf(params[key]));
  if (plainOf(extra.proxy_required) === true)
    throw new LittlefirstError(
      'LF_CONFIG_INVALID',
      `The serial port ${visibleLine(names[0])} is behind a proxy`,
      {
        expected: 'an exporter whose ports can be reached directly',
        received: `proxy ${visibleLine(String(plainOf(extra.proxy)))}`,
        hint: 'run on a machine beside the exporter, or start the exporter without --isolated',
      },
    );
  if (avail !== true || typeof port !== 'number' || typeof host !== 'string') return undefined;
  /* It goes into a URL: nothing but a name or an address is believed. */
  if (!/^[\w.:%-]+$/.test(host) || port < 1 || port > 65_535) return undefined;
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return protocol === 'raw' ? `tcp:${at}` : `rfc2217://${at}${query}`;
}
