import { BlockCheck, type BlockContent, unscored } from './block-check.js';
import { entry, firstOf, type Misfit, misfit, unequal } from './misfit.js';
import type {
  BlockEndRecord,
  BlockKey,
  BlockStartRecord,
  CampaignRecord,
  GoldenRecord,
  JournalRecord,
} from './records.js';

export type { Misfit };

const keyText = ({ board, chip, level, bundle, strategy }: BlockKey): string =>
  `${board}/${chip}/${level.name} ${level.mV} mV ${level.Hz} Hz/${bundle}/${strategy}`;

const place = (block: number, pass: number): string => `${block}/${pass}`;

/**
 * Follows a journal record by record and says which does not fit those before it: windows and energies without gap or repetition, each block
 * begun before it is spoken of, the plan kept, a valid block whole, a complete campaign with every planned block ended. Records are
 * expected to have passed their schema.
 */
export class JournalCheck {
  #campaign: CampaignRecord | undefined;
  readonly #open = new Map<number, BlockCheck>();
  readonly #attempts = new Map<string, number>();
  readonly #started = new Set<number>();
  readonly #ended = new Set<string>();
  readonly #golden = new Set<string>();
  #records = 0;

  /** @returns what does not fit, or undefined */
  add(record: JournalRecord): Misfit | undefined {
    const isFirst = this.#records === 0;
    this.#records += 1;
    if (record.kind === 'campaign')
      return isFirst
        ? this.#begin(record)
        : misfit('kind', 'one campaign record, on the first line', 'another one');
    if (this.#campaign === undefined)
      return record.kind === 'fault' || record.kind === 'finish'
        ? undefined
        : misfit('kind', 'a first line of kind "campaign"', record.kind);
    switch (record.kind) {
      case 'golden':
        return this.#addGolden(this.#campaign, record);
      case 'block-start':
        return this.#start(this.#campaign, record);
      case 'block-end':
        return this.#end(this.#campaign, record);
      case 'known-load':
        return entry('blocks', record.blocks, block => this.#started.has(block), 'a block that was begun');
      case 'finish':
        return record.outcome === 'complete' ? this.#finish(this.#campaign) : undefined;
      case 'fault':
        return undefined;
      default:
        return this.#addContent(record);
    }
  }

  #begin(campaign: CampaignRecord): Misfit | undefined {
    this.#campaign = campaign;
    const { labels, truth, subjects, people, resets, transitions = [], plan, thirdParty, schema } = campaign;
    const { windows } = campaign.provenance.dataset;
    const keys = (plan ?? []).map(keyText);
    return firstOf(
      () => unequal({ truth, subjects, 'thirdParty.truth': thirdParty?.truth }, windows),
      () => entry('truth', truth, t => t === unscored || t < labels.length, `a class below ${labels.length}`),
      () => entry('labels', labels, (name, i) => labels.indexOf(name) === i, 'different names'),
      () =>
        people === undefined
          ? undefined
          : entry('subjects', subjects, n => n >= 1 && n <= people.length, `a person, 1 to ${people.length}`),
      () => entry('resets', resets, w => w < windows, `a window below ${windows}`),
      () => entry('transitions', transitions, w => w < windows, `a window below ${windows}`),
      () =>
        thirdParty === undefined
          ? entry('plan', keys, (key, i) => keys.indexOf(key) === i, 'different blocks')
          : undefined,
      () =>
        schema === 'littlefirst.journal/1' || keys.length > 0
          ? undefined
          : misfit('plan', 'the blocks to be measured', plan),
    );
  }

  #addGolden({ provenance, thirdParty, plan }: CampaignRecord, record: GoldenRecord): Misfit | undefined {
    const { bundle, strategy, labels, nets, macs, big, outputs, scores } = record;
    const name = `${bundle}/${strategy}`;
    const isTwice = this.#golden.has(name) && thirdParty === undefined;
    this.#golden.add(name);
    const isPlanned = plan?.some(key => key.bundle === bundle && key.strategy === strategy) ?? true;
    if (!isPlanned) return misfit('strategy', 'a strategy of the plan', name);
    if (isTwice) return misfit('strategy', 'golden answers once', `${name} again`);
    const wanted = thirdParty === undefined ? provenance.dataset.windows : labels.length;
    return unequal({ labels, nets, macs, big, outputs, scores }, wanted);
  }

  #start(campaign: CampaignRecord, record: BlockStartRecord): Misfit | undefined {
    const { plan, passes = 1 } = campaign;
    const { block, attempt, pass = 1, key } = record;
    const planned = plan?.[block];
    if (plan !== undefined && planned === undefined)
      return misfit('block', `a block of the plan, below ${plan.length}`, block);
    if (planned !== undefined && keyText(planned) !== keyText(key))
      return misfit('key', keyText(planned), keyText(key));
    if (pass > passes) return misfit('pass', `a pass up to ${passes}`, pass);
    const at = place(block, pass);
    const next = (this.#attempts.get(at) ?? 0) + 1;
    if (attempt !== next) return misfit('attempt', String(next), attempt);
    this.#attempts.set(at, attempt);
    this.#ended.delete(at);
    this.#started.add(block);
    this.#open.set(block, new BlockCheck(campaign, key, pass));
    return undefined;
  }

  #addContent(record: BlockContent): Misfit | undefined {
    const open = this.#open.get(record.block);
    return open === undefined
      ? misfit('block', 'a block that was begun and not ended', record.block)
      : open.add(record);
  }

  #end(campaign: CampaignRecord, record: BlockEndRecord): Misfit | undefined {
    const { block, pass = 1, valid, invalidity } = record;
    const open = this.#open.get(block);
    if (open === undefined) return misfit('block', 'a block that was begun and not ended', block);
    if (pass !== open.pass) return misfit('pass', String(open.pass), pass);
    this.#open.delete(block);
    this.#ended.add(place(block, pass));
    if (campaign.schema !== 'littlefirst.journal/1' && (valid === true) !== (invalidity === undefined))
      return misfit('invalidity', valid === true ? 'none' : 'what was lost', invalidity);
    return invalidity === 'broken' || (valid !== true && invalidity === undefined)
      ? undefined
      : open.whole(valid === true);
  }

  #finish({ plan, passes = 1, thirdParty }: CampaignRecord): Misfit | undefined {
    for (const [block, key] of (plan ?? []).entries()) {
      for (let pass = 1; pass <= passes; pass += 1)
        if (!this.#ended.has(place(block, pass)))
          return misfit('outcome', `an end of block ${block} (${keyText(key)}), pass ${pass}`, 'none');
      const name = `${key.bundle}/${key.strategy}`;
      if (thirdParty === undefined && !this.#golden.has(name))
        return misfit('outcome', `golden answers of ${name}`, 'none');
    }
    return undefined;
  }
}
