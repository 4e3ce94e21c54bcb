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
