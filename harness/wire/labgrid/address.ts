import { LittlefirstError } from '../../errors.js';

/** A place of a labgrid coordinator, as `lease:` of a bench file names it. */
export interface PlaceAddress {
  host: string;
  port: number;
  place: string;
  /** How long a place that somebody else has is waited for, by a reservation of labgrid's; seconds. */
  waitSeconds: number;
}

/** Where a coordinator listens unless it is told otherwise (labgrid 26.0, `labgrid-coordinator --listen`). */
const coordinatorPort = 20408;
const form = 'labgrid://host:20408/place or labgrid://host/place?wait=600';
const longestWaitSeconds = 86_400;

/** @throws LF_CONFIG_INVALID */
export function parsePlace(text: string): PlaceAddress {
  const invalid = (received = text) =>
    new LittlefirstError('LF_CONFIG_INVALID', `"${text}" is no place of a labgrid coordinator`, {
      expected: form,
      received,
    });
  const [, host, port = String(coordinatorPort), path, query = ''] =
    /^labgrid:\/\/(\[[0-9a-fA-F:.%]+\]|[\w.-]+)(?::(\d{1,5}))?\/([^/?#]+)(?:\?([^#]*))?$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw invalid();
  const options = new URLSearchParams(query);
  for (const key of options.keys()) if (key !== 'wait') throw invalid(`the option "${key}"`);
  const wait = options.get('wait') ?? '0';
  if (!/^\d{1,5}$/.test(wait) || Number(wait) > longestWaitSeconds) throw invalid(`wait=${wait}`);
  let place: string;
  try {
    place = decodeURIComponent(path);
  } catch {
    throw invalid();
  }
  return { host, port: Number(port), place, waitSeconds: Number(wait) };
}

/** One place has one such text, however its lease was written. */
export const placeKey = ({ host, port, place }: PlaceAddress): string =>
  `labgrid://${host}:${port}/${encodeURIComponent(place)}`;
