import { LittlefirstError } from '../../errors.js';
import type { CampaignRecord, JournalRecord } from '../../record/journal/records.js';
import type { MlperfIdentity } from '../../wire/dut/mlperf/client.js';
import type { MlperfFolder } from '../../wire/dut/mlperf/folder.js';
import type { StrangerGolden } from './golden.js';

/** What the journal of an unfinished run says is done. */
export class ResumeState {
  private readonly campaign: CampaignRecord | undefined;
  private readonly done = new Set<number>();
  private readonly attempts = new Map<number, number>();

  constructor(earlier: readonly JournalRecord[]) {
    this.campaign = earlier.find(record => record.kind === 'campaign');
    for (const record of earlier) {
      if (record.kind === 'block-start') {
        this.attempts.set(record.block, record.attempt);
        this.done.delete(record.block);
      }
      if (record.kind === 'block-end' && record.valid === true) this.done.add(record.block);
    }
  }

  /** Who the DUT was; undefined for a new run. */
  get identity(): MlperfIdentity | undefined {
    return this.campaign?.thirdParty;
  }

  isDone(block: number): boolean {
    return this.done.has(block);
  }

  nextAttempt(block: number): number {
    return (this.attempts.get(block) ?? 0) + 1;
  }

  /** Checks that data and model are those that the run began with. @throws LF_CONFIG_INVALID */
  check(folder: MlperfFolder, golden: StrangerGolden | undefined): void {
    if (this.campaign === undefined) return;
    const { dataset, models } = this.campaign.provenance;
    const changed = [
      ...(dataset.sha256 === folder.sha256 ? [] : ['data']),
      ...(models[0]?.sha256 === golden?.sha256 ? [] : ['model']),
    ];
    if (changed.length > 0)
      throw new LittlefirstError('LF_CONFIG_INVALID', 'This run cannot be resumed: its inputs have changed', {
        expected: 'the same files as when the run began',
        received: `other ${changed.join(', other ')}`,
        hint: 'start a new run',
      });
  }
}
