import { clientOf, type FarmAccess } from './farm.js';

export interface LeaseRequest {
  /** What the device must be; absent: anything. */
  want: { board?: string; chip?: string; meter?: string; bench?: string; device?: string; tags: string[] };
  command: readonly string[];
  /** How long it is waited for a device, seconds. */
  waitSeconds: number;
  cwd: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

/**
 * Runs a command while a device of a farm that fits is held for it.
 * @returns the command's exit code
 * @throws LF_FARM_LEASE where no device becomes free or the lease is lost; LF_FARM_REFUSED where no device fits; LF_INTERRUPTED
 */
export async function runUnderLease(access: FarmAccess, request: LeaseRequest): Promise<number> {
  const { underLease } = await import('../../farm/pipeline/lease.js');
  return underLease(await clientOf(access), request);
}
