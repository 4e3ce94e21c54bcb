import { type ErrorCode, errorActors, LittlefirstError } from '../errors.js';
import { visible } from '../visible.js';
import type { CampaignRecord, JournalRecord } from './journal/records.js';

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorActors, code);

/**
 * The first record of a journal.
 * @throws what kept the campaign from beginning, where the journal says so; else LF_RUN_CORRUPT
 */
export function campaignOf(records: readonly JournalRecord[]): CampaignRecord {
  const [campaign] = records;
  if (campaign?.kind === 'campaign') return campaign;
  const fault = records.find(record => record.kind === 'fault');
  if (fault !== undefined && isCode(fault.code))
    throw new LittlefirstError(fault.code, 'The campaign of this run did not begin', {
      received: visible(fault.message),
      hint: 'put this right and start a new run',
    });
  throw new LittlefirstError('LF_RUN_CORRUPT', 'The journal has no campaign record', {
    expected: 'a first line of kind "campaign"',
    received: campaign === undefined ? 'an empty journal' : `kind "${campaign.kind}"`,
    hint: 'start a new run',
  });
}
