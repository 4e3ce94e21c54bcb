import { readFile } from 'node:fs/promises';
import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { LittlefirstError } from '../../errors.js';
import { writeFileAtomically } from '../../record/atomic-file.js';
import {
  type DeviceSources,
  describeDevice,
  listDevices,
  type SerialDevice,
} from '../../wire/devices/identity.js';
import { isPlaceholder } from '../../wire/devices/placeholder.js';

/** What became of one placeholder. */
export interface FilledIn {
  placeholder: string;
  /** The serial number that stands there now. */
  serialNumber?: string;
  /** Why there is none: what is connected instead. */
  reason?: string;
}

/** What a bench file says of a device beside the placeholder. */
interface Wanted {
  vid?: string;
  pid?: string;
}

/** Placeholders of a file, with what the `device:` that one stands in says of the device. */
function placeholdersOf(text: string): Map<string, Wanted> {
  const found = new Map<string, Wanted>();
  visit(parseDocument(text), {
    Map: (_, map) => {
      const name = map.get('serialNumber');
      if (typeof name !== 'string' || !isPlaceholder(name)) return;
      const textOf = (key: string) => {
        const value = map.get(key, true);
        return isScalar(value) ? String(value.source ?? value.value).toLowerCase() : undefined;
      };
      const wanted = { vid: textOf('vid'), pid: textOf('pid') };
      if (isMap(map) && (!found.has(name) || wanted.vid !== undefined)) found.set(name, wanted);
    },
  });
  return found;
}

const fits = (device: SerialDevice, { vid, pid }: Wanted): boolean =>
  device.serialNumber !== undefined &&
  (vid === undefined || device.vendorId === vid) &&
  (pid === undefined || device.productId === pid);

/** The one serial number among the devices, or why there is none. */
function choose(devices: readonly SerialDevice[], wanted: Wanted): Omit<FilledIn, 'placeholder'> {
  if (wanted.vid === undefined)
    return { reason: 'the file does not say what kind of device it is (vid, pid)' };
  const candidates = devices.filter(device => fits(device, wanted));
  const serialNumbers = new Set(candidates.map(({ serialNumber }) => serialNumber));
  const [serialNumber] = serialNumbers;
  if (serialNumbers.size === 1) return { serialNumber };
  const kind = `${wanted.vid}:${wanted.pid ?? '*'}`;
  if (candidates.length === 0) return { reason: `no device ${kind} with a serial number is connected` };
  return { reason: `several devices ${kind} are connected: ${candidates.map(describeDevice).join('; ')}` };
}

const broken = (file: string, what: string) => (cause: unknown) => {
  throw new LittlefirstError('LF_CONFIG_INVALID', `${file} cannot be ${what}`, {
    received: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
};

/** What would become of each placeholder of a bench file; nothing is written. @throws LF_CONFIG_INVALID when it cannot be read */
export async function wouldFillIn(file: string, sources: DeviceSources = {}): Promise<FilledIn[]> {
  const placeholders = placeholdersOf(await readFile(file, 'utf8').catch(broken(file, 'read')));
  if (placeholders.size === 0) return [];
  const devices = await listDevices(sources);
  return [...placeholders].map(([placeholder, wanted]) => ({ placeholder, ...choose(devices, wanted) }));
}

/**
 * Puts the serial numbers of what is connected in the place of a bench file's placeholders; the rest of the file stays as it is. A
 * placeholder that more or less than one device could be stays too.
 * @returns what became of each, in the file's order
 * @throws LF_CONFIG_INVALID when the file cannot be read or written
 */
export async function fillIn(file: string, sources: DeviceSources = {}): Promise<FilledIn[]> {
  const filled = await wouldFillIn(file, sources);
  const before = await readFile(file, 'utf8').catch(broken(file, 'read'));
  let text = before;
  for (const { placeholder, serialNumber } of filled)
    if (serialNumber !== undefined)
      text = text.replace(
        new RegExp(`(serialNumber:\\s*)(['"]?)${placeholder}\\2(?![\\w-])`, 'g'),
        (_, key: string) => `${key}'${serialNumber.replaceAll("'", "''")}'`,
      );
  if (text !== before) await writeFileAtomically(file, text).catch(broken(file, 'written'));
  return filled;
}
