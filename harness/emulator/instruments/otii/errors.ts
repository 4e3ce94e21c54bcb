import type { OtiiData } from '../../../measure/meter/otii/protocol.js';

/** Error codes that the vendor's client knows (otii_exception.py). */
export type OtiiErrorCode =
  | 'Command failure'
  | 'Command not valid for device type'
  | 'Could not login'
  | 'Device not connected'
  | 'Invalid command'
  | 'Invalid key type'
  | 'Invalid key value'
  | 'License could not be reserved'
  | 'License could not be returned'
  | 'Missing key in request'
  | 'No license'
  | 'Not able to parse request'
  | 'Not logged in'
  | 'Operation not supported'
  | 'Project does not exist';

/** A request that is refused. */
export class OtiiFault extends Error {
  constructor(
    readonly code: OtiiErrorCode,
    readonly data: OtiiData,
  ) {
    super(code);
  }
}

export const failure = (message: string): OtiiFault => new OtiiFault('Command failure', { message });
export const missingKey = (key: string): OtiiFault => new OtiiFault('Missing key in request', { key });
export const invalidValue = (key: string, value: unknown): OtiiFault =>
  new OtiiFault('Invalid key value', { key, value });

/** A key of a request. A truth may come as 0 or 1 (the vendor's client lets it). @throws OtiiFault */
export function read(
  data: OtiiData,
  key: string,
  type: 'number' | 'boolean' | 'string',
): number | boolean | string {
  const value = data[key];
  if (value === undefined) throw missingKey(key);
  if (type === 'boolean' && (value === 0 || value === 1)) return value === 1;
  const received = typeof value;
  if (received !== type)
    throw new OtiiFault('Invalid key type', { key, expected_type: type, received_type: received });
  return value as number | boolean | string;
}
