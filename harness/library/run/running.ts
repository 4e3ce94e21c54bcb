import type { NewRecord } from '../../record/journal/journal.js';
import type { BlockKey, CampaignRecord, EnergyKind, JournalRecord } from '../../record/journal/records.js';
import type { Block } from '../../record/run-record.js';
import { evaluateBlock } from '../../verdict/evaluation/evaluate-block.js';
import { gatherBlocks } from '../../verdict/evaluation/gather.js';

/**
 * Evaluates each block as soon as its journal is written, by the same code as the finished run, so that a running campaign can tell
 * accuracy and energy with their intervals. With several passes each pass is told by itself. Comparisons with other blocks (savings, golden
 * answers) come with the finished run only.
 */
export class RunningFigures {
  private campaign: CampaignRecord | undefined;
  private readonly open = new Map<number, JournalRecord[]>();

  /**
   * @param tell what is told, once a block
   * @param earlier records of a run that is gone on with
   */
  constructor(
    private readonly tell: (key: BlockKey, figures: Block, energy: EnergyKind) => void,
    earlier: readonly JournalRecord[] = [],
  ) {
    const [campaign] = earlier;
    if (campaign?.kind === 'campaign') this.campaign = { ...campaign, passes: 1 };
  }

  /** A record that was written. */
  add(written: NewRecord): void {
    const record = { t: new Date().toISOString(), ...written } as JournalRecord;
    switch (record.kind) {
      case 'campaign':
        this.campaign = { ...record, passes: 1 };
        break;
      case 'block-start':
        this.open.set(record.block, [record]);
        break;
      case 'identity':
      case 'windows':
      case 'energy':
      case 'block-energy':
        this.open.get(record.block)?.push(record);
        break;
      case 'block-end':
        this.open.get(record.block)?.push(record);
        this.close(record.block);
        break;
      default:
        break;
    }
  }

  private close(index: number): void {
    const records = this.open.get(index) ?? [];
    this.open.delete(index);
    if (this.campaign === undefined || records.length < 2) return;
    const [block] = gatherBlocks([this.campaign, ...records]).blocks;
    this.tell(block.key, evaluateBlock(this.campaign, undefined, block), this.campaign.provenance.energy);
  }
}
