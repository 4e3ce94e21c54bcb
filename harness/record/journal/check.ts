import type {
  BlockEndRecord,
  BlockKey,
  BlockStartRecord,
  CampaignRecord,
  EnergyRecord,
  GoldenRecord,
  JournalRecord,
  WindowsRecord,
} from './records.js';

/** Where in a record something does not fit the records before it, and what. */
export interface Misfit {
  field: string;
  expected: string;
  received: string;
}

/** True label of a window that is not scored. */
const unscored = 255;

/** What came so far of the measurement of a block that is under way. */
interface OpenBlock {
  pass: number;
  key: BlockKey;
  hasIdentity: boolean;
  windows: number;
  energies: number;
  /** Sums of all windows, microjoules and seconds. */
  microjoules: number;
  seconds: number;
  hasBlockEnergy: boolean;
  hasTrace: boolean;
}

const misfit = (field: string, expected: string, received: unknown): Misfit => ({
  field,
  expected,
  received: typeof received === 'string' ? received : (JSON.stringify(received) ?? 'nothing'),
});

const keyText = ({ board, chip, level, bundle, strategy }: BlockKey): string =>
  `${board}/${chip}/${level.name} ${level.mV} mV ${level.Hz} Hz/${bundle}/${strategy}`;

const place = (block: number, pass: number): string => `${block}/${pass}`;

/** The first column that is not as long as it should be. */
function unequal(
  columns: Record<string, { length: number } | undefined>,
  wanted: number,
): Misfit | undefined {
  for (const [field, column] of Object.entries(columns))
    if (column !== undefined && column.length !== wanted)
      return misfit(field, `${wanted} entries`, `${column.length}`);
  return undefined;
}

/** The first entry of a column that does not hold. */
function entry<T>(
  field: string,
  column: readonly T[],
  holds: (value: T, index: number) => boolean,
  expected: string,
): Misfit | undefined {
  const index = column.findIndex((value, i) => !holds(value, i));
  return index < 0 ? undefined : misfit(`${field}[${index}]`, expected, column[index]);
}

/** Calls what makes complaints until one does. */
function firstOf(...makers: (() => Misfit | undefined)[]): Misfit | undefined {
  for (const make of makers) {
    const found = make();
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Follows a journal record by record and says which does not fit those before it: windows and energies without gap or repetition, each block
 * begun before it is spoken of, the plan kept, a valid block whole, a complete campaign with every planned block ended. Records are
 * expected to have passed their schema.
 */
export class JournalCheck {
  #campaign: CampaignRecord | undefined;
  readonly #open = new Map<number, OpenBlock>();
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
        return this.#inBlock(this.#campaign, record);
    }
  }

  #begin(campaign: CampaignRecord): Misfit | undefined {
    this.#campaign = campaign;
    const { labels, truth, subjects, resets, transitions = [], plan, thirdParty, schema } = campaign;
    const { windows } = campaign.provenance.dataset;
    const keys = (plan ?? []).map(keyText);
    return firstOf(
      () => unequal({ truth, subjects, 'thirdParty.truth': thirdParty?.truth }, windows),
      () => entry('truth', truth, t => t === unscored || t < labels.length, `a class below ${labels.length}`),
      () => entry('labels', labels, (name, i) => labels.indexOf(name) === i, 'different names'),
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
    const { bundle, strategy, labels, nets, macs, big, outputs } = record;
    const name = `${bundle}/${strategy}`;
    const isTwice = this.#golden.has(name) && thirdParty === undefined;
    this.#golden.add(name);
    const isPlanned = plan?.some(key => key.bundle === bundle && key.strategy === strategy) ?? true;
    if (!isPlanned) return misfit('strategy', 'a strategy of the plan', name);
    if (isTwice) return misfit('strategy', 'golden answers once', `${name} again`);
    const wanted = thirdParty === undefined ? provenance.dataset.windows : labels.length;
    return unequal({ labels, nets, macs, big, outputs }, wanted);
  }

  #start({ plan, passes = 1 }: CampaignRecord, record: BlockStartRecord): Misfit | undefined {
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
    this.#open.set(block, {
      pass,
      key,
      hasIdentity: false,
      windows: 0,
      energies: 0,
      microjoules: 0,
      seconds: 0,
      hasBlockEnergy: false,
      hasTrace: false,
    });
    return undefined;
  }

  #inBlock(
    campaign: CampaignRecord,
    record: Extract<JournalRecord, { kind: 'identity' | 'windows' | 'energy' | 'block-energy' | 'trace' }>,
  ): Misfit | undefined {
    const open = this.#open.get(record.block);
    if (open === undefined) return misfit('block', 'a block that was begun and not ended', record.block);
    const once = (had: boolean) =>
      had ? misfit('kind', `one ${record.kind} record a block`, 'another') : undefined;
    let twice: Misfit | undefined;
    switch (record.kind) {
      case 'windows':
        return this.#addWindows(campaign, open, record);
      case 'energy':
        return this.#addEnergy(campaign, open, record);
      case 'identity':
        twice = once(open.hasIdentity);
        open.hasIdentity = true;
        return twice;
      case 'block-energy':
        twice = once(open.hasBlockEnergy);
        open.hasBlockEnergy = true;
        return twice;
      case 'trace':
        twice = once(open.hasTrace);
        open.hasTrace = true;
        return twice ?? unequal({ amperes: record.amperes, marker: record.marker }, record.seconds.length);
    }
  }

  #addWindows(
    { labels, thirdParty }: CampaignRecord,
    open: OpenBlock,
    record: WindowsRecord,
  ): Misfit | undefined {
    const { from, kind: _, t: _t, block: _block, unquiet: _u, iterations: _i, ...columns } = record;
    if (from !== open.windows) return misfit('from', String(open.windows), from);
    open.windows += record.labels.length;
    const isClass = (label: number) =>
      label <= labels.length || (thirdParty !== undefined && label === unscored);
    return firstOf(
      () => (record.labels.length > 0 ? undefined : misfit('labels', 'at least one window', 'none')),
      () => unequal(columns, record.labels.length),
      () => entry('labels', record.labels, isClass, `a class up to ${labels.length}`),
    );
  }

  #addEnergy({ periodSeconds }: CampaignRecord, open: OpenBlock, record: EnergyRecord): Misfit | undefined {
    const { from, kind: _, t: _t, block: _block, ...columns } = record;
    if (from !== open.energies) return misfit('from', String(open.energies), from);
    const count = record.gateMicrojoules.length;
    open.energies += count;
    const total = (column: readonly number[]) => column.reduce((sum, value) => sum + value, 0);
    open.microjoules +=
      total(record.gateMicrojoules) + total(record.bigMicrojoules) + total(record.otherMicrojoules);
    const active = (_: number, w: number) =>
      record.gateSeconds[w] + record.bigSeconds[w] + record.otherSeconds[w];
    open.seconds += record.gateSeconds.reduce((sum, _, w) => sum + active(0, w), 0);
    return firstOf(
      () => (count > 0 ? undefined : misfit('gateMicrojoules', 'at least one window', 'none')),
      () => unequal(columns, count),
      () =>
        entry('otherSeconds', record.otherSeconds, (_, w) => active(0, w) > 0, 'a window that takes time'),
      () =>
        periodSeconds === 0
          ? undefined
          : entry(
              'bigSeconds',
              record.bigSeconds,
              seconds => seconds < longestPeriods * periodSeconds,
              'less time',
            ),
    );
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
      : this.#whole(campaign, open, valid === true);
  }

  /** What a block must hold whose answers count, and whose energy counts where it is valid. */
  #whole(campaign: CampaignRecord, open: OpenBlock, isValid: boolean): Misfit | undefined {
    const { provenance, thirdParty } = campaign;
    const isOurs = thirdParty === undefined;
    const hasMeter = provenance.meter.driver !== 'none' && (isOurs || open.key.strategy === 'energy');
    if (isOurs && !open.hasIdentity)
      return misfit('valid', 'a block that proved its identity', 'no identity record');
    if (isOurs ? open.windows !== provenance.dataset.windows : open.windows === 0)
      return misfit('valid', `a block with ${provenance.dataset.windows} windows`, `${open.windows}`);
    if (!isValid || !hasMeter) return undefined;
    if (open.energies !== open.windows)
      return misfit('valid', `the energy of ${open.windows} windows`, `${open.energies}`);
    if (!open.hasBlockEnergy)
      return misfit('valid', 'a block with its uncertainty', 'no block-energy record');
    const watts = (open.microjoules * 1e-6) / open.seconds;
    if (!(watts > 0 && watts < mostWatts))
      return misfit('valid', `a mean power above 0 and below ${mostWatts} W`, `${watts.toPrecision(4)} W`);
    return undefined;
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

/** Power that no supply of a microcontroller gives (USB's 5 V, 3 A): assumed, a bound on nonsense only. */
const mostWatts = 15;

/** A window may take longer than its period, on a slow level, but no thousand times: assumed, a bound on nonsense only. */
const longestPeriods = 1000;
