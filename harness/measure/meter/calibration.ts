import type { KnownLoad, KnownLoadResult } from './known-load.js';
import type { Meter, MeterAccuracy, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from './meter.js';

/** What one known load says of the meter's gain where it stood. */
export interface GainCalibration {
  /** Current that it was measured at, amperes, and the instrument's range there, where it tells. */
  amps: number;
  range?: number;
  /** The meter reads this much too high, relative, and the standard uncertainty of that without the voltage's. */
  gain: number;
  gainSigma: number;
}

/** A meter's calibration against known loads: its own gains where they were measured, and the voltage behind its wires. */
export interface MeterCalibration {
  gains: readonly GainCalibration[];
  /** Voltage at the load without current, volts, the resistance before it, ohms, and the relative standard uncertainty of the voltage. */
  volts: number;
  sourceOhms: number;
  voltsRelative: number;
}

/** A known load with what it measured. */
export interface MeasuredLoad {
  load: KnownLoad;
  result: KnownLoadResult;
}

/**
 * The calibration that loads with a measured voltage allow. Voltages at two currents tell the resistance between the instrument and
 * the DUT.
 * @returns undefined where no load's voltage was measured: a resistor at a nominal voltage tells a gain no better than that voltage
 */
export function calibrationOf(loads: readonly MeasuredLoad[]): MeterCalibration | undefined {
  const points = loads.flatMap(({ load, result }) => {
    const { measuredMillivolts, voltageRelative = 0 } = load;
    if (measuredMillivolts === undefined || !result.isPassed) return [];
    const volts = measuredMillivolts / 1000;
    const { measuredAmps, expectedAmps, range, ownSigmaAmps } = result;
    return [
      {
        ...{ amps: expectedAmps, range, volts, voltageRelative },
        gain: measuredAmps / expectedAmps - 1,
        gainSigma: Math.hypot(load.toleranceRelative / Math.sqrt(3), ownSigmaAmps / expectedAmps),
      },
    ];
  });
  if (points.length === 0) return undefined;
  const sorted = points.toSorted((a, b) => a.amps - b.amps);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const sourceOhms = high.amps > low.amps ? (low.volts - high.volts) / (high.amps - low.amps) : 0;
  return {
    gains: points.map(({ amps, range, gain, gainSigma }) => ({ amps, range, gain, gainSigma })),
    volts: low.volts + low.amps * sourceOhms,
    sourceOhms,
    voltsRelative: Math.max(...points.map(({ voltageRelative }) => voltageRelative)),
  };
}

/** A load calibrates currents within this factor of its own, where the meter tells no ranges: assumed, half a decade to either side. */
const reach = 4;

/** Charge by what calibrates it: the index of a gain, or -1. */
type Charges = Map<number, number>;

/**
 * A meter whose readings are corrected by what known loads showed, and whose gain is then as uncertain as the loads. What was drawn in
 * ranges that no load reached keeps the instrument's own.
 */
export class CalibratedMeter implements Meter {
  readonly #charges: Record<'active' | 'idle', Charges> = { active: new Map(), idle: new Map() };

  constructor(
    private readonly meter: Meter,
    readonly calibration: MeterCalibration,
  ) {}

  get canSwitchSupply(): boolean | undefined {
    return this.meter.canSwitchSupply;
  }

  get sampleRateHz(): number | undefined {
    return this.meter.sampleRateHz;
  }

  identify(): Promise<MeterIdentity> {
    return this.meter.identify();
  }

  configure(config: MeterConfig): ReturnType<Meter['configure']> {
    return this.meter.configure(config);
  }

  accuracy(of?: 'idle'): MeterAccuracy {
    const own = this.meter.accuracy(of);
    const { gains, voltsRelative, sourceOhms } = this.calibration;
    const charges = [...this.#charges[of ?? 'active']];
    const total = charges.reduce((sum, [, charge]) => sum + Math.abs(charge), 0);
    if (total === 0) return own;
    const share = (index: number) => Math.abs(charges.find(([key]) => key === index)?.[1] ?? 0) / total;
    const calibrated = gains.map(({ gainSigma }, i) => gainSigma * share(i));
    const left = share(-1);
    return {
      ...own,
      gainRelative: Math.hypot(own.gainRelative * left, ...calibrated),
      // The gain was found with this voltage and the energy is computed with it: its error counts twice.
      voltageRelative: Math.hypot(own.voltageRelative * left, 2 * voltsRelative),
      source: `known loads at ${gains.map(({ amps }) => `${(amps * 1e3).toPrecision(3)} mA`).join(' and ')} for ${((1 - left) * 100).toFixed(0)} % of the charge, ${sourceOhms.toPrecision(2)} ohm before the DUT; else ${own.source}`,
    };
  }

  supply(on: boolean): Promise<void> {
    return this.meter.supply(on);
  }

  async start(onChunk: (chunk: SampleChunk) => void): Promise<void> {
    this.#charges.active.clear();
    this.#charges.idle.clear();
    await this.meter.start(chunk => onChunk(this.#correct(chunk)));
  }

  stop(): Promise<MeterStatus> {
    return this.meter.stop();
  }

  close(): Promise<void> {
    return this.meter.close();
  }

  #correct(chunk: SampleChunk): SampleChunk {
    const { volts, sourceOhms, gains } = this.calibration;
    const current = new Float64Array(chunk.current.length);
    const voltage = chunk.voltage ?? new Float64Array(chunk.current.length);
    for (let i = 0; i < current.length; i += 1) {
      const read = chunk.current[i];
      const index = this.#gainOf(read, chunk.range?.[i]);
      const amps = index < 0 ? read : read / (1 + gains[index].gain);
      current[i] = amps;
      if (chunk.voltage === undefined) voltage[i] = volts - amps * sourceOhms;
      if (Number.isNaN(amps)) continue;
      const charges = (chunk.logic[i] & 3) === 0 ? this.#charges.idle : this.#charges.active;
      charges.set(index, (charges.get(index) ?? 0) + amps * chunk.periodNs);
    }
    return { ...chunk, current, voltage };
  }

  /** Index of the gain that was measured where a reading stands: in its range, or near its current. */
  #gainOf(amps: number, range: number | undefined): number {
    const { gains } = this.calibration;
    if (range !== undefined) return gains.findIndex(gain => gain.range === range);
    let best = -1;
    let distance = Math.log(reach);
    gains.forEach((gain, i) => {
      const away = Math.abs(Math.log(Math.max(amps, 1e-12) / gain.amps));
      if (away > distance) return;
      distance = away;
      best = i;
    });
    return best;
  }
}
