import type { CampaignRecord } from './journal/records.js';

/** What a person of a campaign is called: by the data's own name, else by the number. */
export const personName = ({ people }: Pick<CampaignRecord, 'people'>, subject: number): string =>
  people?.[subject - 1] ?? String(subject);
