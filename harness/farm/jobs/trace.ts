import { createHash } from 'node:crypto';

/**
 * The first span of a job's trace, as W3C Trace Context tells it. It follows from the job's id, whose 128 bits are the trace's, so that each attempt, worker and
 * server knows it without asking.
 */
export function traceOf(job: string): string {
  const span = createHash('sha256').update(`littlefirst job ${job}`).digest('hex').slice(0, 16);
  return `00-${job.replaceAll('-', '').toLowerCase()}-${span}-01`;
}
