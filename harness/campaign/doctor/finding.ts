/** What a finding is about. */
export type DoctorArea = 'harness' | 'data' | 'tool' | 'access' | 'device' | 'bench';

/** One thing that was looked at. */
export interface DoctorFinding {
  area: DoctorArea;
  what: string;
  ok: boolean;
  /** Nothing at all works without it; anything else is only missed by those who need it. */
  required: boolean;
  /** What was found, or what is missing. */
  detail: string;
  /** What to do about it, where it is not well. */
  fix?: string;
}
