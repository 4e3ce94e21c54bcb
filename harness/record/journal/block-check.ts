import { entry, firstOf, type Misfit, misfit, unequal } from './misfit.js';
import type { BlockKey, CampaignRecord, EnergyRecord, JournalRecord, WindowsRecord } from './records.js';

/** Power that no supply of a microcontroller gives (USB's 5 V, 3 A): assumed, a bound on nonsense only. */
const mostWatts = 15;
/** A window may take longer than its period, on a slow level, but no thousand times: assumed, a bound on nonsense only. */
const longestPeriods = 1000;
/** True label of a window that is not scored. */
export const unscored = 255;

/** Records of what came of a block that is under way. */
export type BlockContent = Extract<
  JournalRecord,
  { kind: 'identity' | 'windows' | 'energy' | 'block-energy' | 'trace' }
>;

/** One measurement of a block that is under way: what came of it so far, and what does not fit that. */
export class BlockCheck {
  readonly #once = new Set<JournalRecord['kind']>();
  #windows = 0;
  #energies = 0;
  /** Sums of all windows, microjoules and seconds. */
  #microjoules = 0;
  #seconds = 0;

  constructor(
    private readonly campaign: CampaignRecord,
    private readonly key: BlockKey,
    readonly pass: number,
  ) {}

  /** @returns what does not fit, or undefined */
  add(record: BlockContent): Misfit | undefined {
    if (record.kind === 'windows') return this.#addWindows(record);
    if (record.kind === 'energy') return this.#addEnergy(record);
    const isTwice = this.#once.has(record.kind);
    this.#once.add(record.kind);
    if (isTwice) return misfit('kind', `one ${record.kind} record a block`, 'another');
    return record.kind === 'trace'
      ? unequal({ amperes: record.amperes, marker: record.marker }, record.seconds.length)
      : undefined;
  }

  #addWindows(record: WindowsRecord): Misfit | undefined {
    const { labels, thirdParty } = this.campaign;
    const {
      from,
      kind: _,
      t: _t,
      block: _block,
      unquiet: _u,
      stages: _s,
      iterations: _i,
      earlyCycles: _e,
      loop: _l,
      ...columns
    } = record;
    if (from !== this.#windows) return misfit('from', String(this.#windows), from);
    this.#windows += record.labels.length;
    const isClass = (label: number) =>
      label <= labels.length || (thirdParty !== undefined && label === unscored);
    return firstOf(
      () => (record.labels.length > 0 ? undefined : misfit('labels', 'at least one window', 'none')),
      () => unequal(columns, record.labels.length),
      () => entry('labels', record.labels, isClass, `a class up to ${labels.length}`),
    );
  }

  #addEnergy(record: EnergyRecord): Misfit | undefined {
    const { periodSeconds } = this.campaign;
    const { from, kind: _, t: _t, block: _block, ...columns } = record;
    if (from !== this.#energies) return misfit('from', String(this.#energies), from);
    const count = record.gateMicrojoules.length;
    this.#energies += count;
    const total = (column: readonly number[]) => column.reduce((sum, value) => sum + value, 0);
    this.#microjoules +=
      total(record.gateMicrojoules) + total(record.bigMicrojoules) + total(record.otherMicrojoules);
    const active = (_: number, w: number) =>
      record.gateSeconds[w] + record.bigSeconds[w] + record.otherSeconds[w];
    this.#seconds += record.gateSeconds.reduce((sum, _, w) => sum + active(0, w), 0);
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

  /** What a block must hold whose answers count, and whose energy counts where it is valid. */
  whole(isValid: boolean): Misfit | undefined {
    const { provenance, thirdParty } = this.campaign;
    const isOurs = thirdParty === undefined;
    const hasMeter = provenance.meter.driver !== 'none' && (isOurs || this.key.strategy === 'energy');
    if (isOurs && !this.#once.has('identity'))
      return misfit('valid', 'a block that proved its identity', 'no identity record');
    if (isOurs ? this.#windows !== provenance.dataset.windows : this.#windows === 0)
      return misfit('valid', `a block with ${provenance.dataset.windows} windows`, `${this.#windows}`);
    if (!isValid || !hasMeter) return undefined;
    if (this.#energies !== this.#windows)
      return misfit('valid', `the energy of ${this.#windows} windows`, `${this.#energies}`);
    if (!this.#once.has('block-energy'))
      return misfit('valid', 'a block with its uncertainty', 'no block-energy record');
    const watts = (this.#microjoules * 1e-6) / this.#seconds;
    if (!(watts > 0 && watts < mostWatts))
      return misfit('valid', `a mean power above 0 and below ${mostWatts} W`, `${watts.toPrecision(4)} W`);
    return undefined;
  }
}
