import type { OtiiData } from '../../../measure/meter/otii/protocol.js';
import { invalidValue, OtiiFault, read } from './errors.js';

interface BatteryProfile {
  id: string;
  name: string;
  manufacturer: string;
  model: string;
  milliampHours: number;
  volts: number;
  cutoffVolts: number;
}

const profile = (
  name: string,
  manufacturer: string,
  model: string,
  [milliampHours, volts, cutoffVolts]: readonly [number, number, number],
  i: number,
): BatteryProfile => ({
  id: `1ce61608-9164-41a9-affb-00000000000${i}`,
  name,
  manufacturer,
  model,
  milliampHours,
  volts,
  cutoffVolts,
});
/** Cells that the vendor's examples and tests name. Capacities and voltages are assumed: round figures of such cells. */
const profiles: readonly BatteryProfile[] = [
  profile('CR2032-NoName', 'NoName', 'CR2032', [225, 3, 2], 1),
  profile('CR2450-NoName', 'NoName', 'CR2450', [600, 3, 2], 2),
  profile('LM17500-NoName', 'NoName', 'LM17500', [2700, 3, 2], 3),
  profile('LiPo-ICP632136HPST-Renata-WiFi-20', 'Renata', 'ICP632136HPST', [420, 4.2, 3], 4),
  profile('LiPo-ICP632136HPST-Renata_WiFi-5', 'Renata', 'ICP632136HPST', [420, 4.2, 3], 5),
  profile('LiPo-ICP632136HPST-Renata-WiFi-(-10)', 'Renata', 'ICP632136HPST', [420, 4.2, 3], 6),
];
const coulombsPerMilliampHour = 3.6;

const profileOf = (id: unknown): BatteryProfile => {
  const found = profiles.find(one => one.id === id);
  if (found === undefined) throw invalidValue('battery_profile_id', id);
  return found;
};

/** A number that may be left out: the vendor's client then sends null. */
function optionalNumber(data: OtiiData, key: string): number | undefined {
  return data[key] === undefined || data[key] === null ? undefined : Number(read(data, key, 'number'));
}

/**
 * The emulated battery of one device. Its voltage falls in a straight line from that of a full cell to its cut-off: a stand-in for the vendor's profiles, which are
 * measured; used capacity follows the current while it is tracked.
 */
export class OtiiBattery {
  #profile: BatteryProfile;
  readonly #series: number;
  readonly #parallel: number;
  #used = 0;
  #isTracking: boolean;

  /** @throws OtiiFault */
  constructor(
    readonly id: string,
    data: OtiiData,
  ) {
    this.#profile = profileOf(read(data, 'battery_profile_id', 'string'));
    const count = (key: string) => {
      const value = optionalNumber(data, key) ?? 1;
      if (!Number.isInteger(value) || value < 1) throw invalidValue(key, value);
      return value;
    };
    this.#series = count('series');
    this.#parallel = count('parallel');
    const soc = optionalNumber(data, 'soc');
    const used = optionalNumber(data, 'used_capacity');
    if (soc !== undefined && used !== undefined) throw invalidValue('soc', soc);
    if (soc !== undefined) this.soc = soc;
    else this.used = used ?? 0;
    this.#isTracking = data['soc_tracking'] === undefined || read(data, 'soc_tracking', 'boolean') === true;
  }

  get volts(): number {
    const { volts, cutoffVolts } = this.#profile;
    return this.#series * (cutoffVolts + ((volts - cutoffVolts) * this.soc) / 100);
  }

  /** State of charge, percent. */
  get soc(): number {
    return 100 * (1 - Math.min(1, this.#used / this.#capacity));
  }

  set soc(percent: number) {
    if (!(percent >= 0 && percent <= 100)) throw invalidValue('value', percent);
    this.#used = (1 - percent / 100) * this.#capacity;
  }

  /** Used capacity, coulombs. */
  get used(): number {
    return this.#used;
  }

  set used(coulombs: number) {
    if (!(coulombs >= 0)) throw invalidValue('value', coulombs);
    this.#used = coulombs;
  }

  get #capacity(): number {
    return this.#profile.milliampHours * coulombsPerMilliampHour * this.#parallel;
  }

  draw(coulombs: number): void {
    if (this.#isTracking) this.#used += coulombs;
  }

  /** A `battery_emulator_` command. @returns undefined where there is none of this name @throws OtiiFault */
  execute(cmd: string, data: OtiiData): OtiiData | undefined {
    const value = () => Number(read(data, 'value', 'number'));
    switch (cmd) {
      case 'battery_emulator_get_parallel':
        return { value: this.#parallel };
      case 'battery_emulator_get_series':
        return { value: this.#series };
      case 'battery_emulator_get_soc':
        return { value: Math.round(this.soc * 1e9) / 1e9 };
      case 'battery_emulator_get_soc_tracking':
        return { enabled: this.#isTracking };
      case 'battery_emulator_get_used_capacity':
        return { value: this.#used };
      case 'battery_emulator_set_soc':
        this.soc = value();
        return {};
      case 'battery_emulator_set_soc_tracking':
        this.#isTracking = read(data, 'enable', 'boolean') === true;
        return {};
      case 'battery_emulator_set_used_capacity':
        this.used = value();
        return {};
      case 'battery_emulator_update_profile':
        this.#update(data);
        return {};
      default:
        return undefined;
    }
  }

  #update(data: OtiiData): void {
    const mode = read(data, 'mode', 'string');
    if (mode !== 'keep_soc' && mode !== 'reset') throw invalidValue('mode', mode);
    const { soc } = this;
    this.#profile = profileOf(read(data, 'battery_profile_id', 'string'));
    this.soc = mode === 'reset' ? 100 : soc;
  }
}

/** The profiles, as `otii_get_battery_profiles` lists them and `otii_get_battery_profile_info` tells one. @throws OtiiFault */
export function describeProfiles(cmd: string, data: OtiiData): OtiiData | undefined {
  if (cmd === 'otii_get_battery_profiles')
    return {
      battery_profiles: profiles.map(({ id, name, manufacturer, model }) => ({
        battery_profile_id: id,
        name,
        manufacturer,
        model,
      })),
    };
  if (cmd !== 'otii_get_battery_profile_info') return undefined;
  const { id, name, manufacturer, model, milliampHours, volts, cutoffVolts } = profileOf(
    read(data, 'battery_profile_id', 'string'),
  );
  const battery = { manufacturer, model, capacity: milliampHours, capacityunit: 'mAh', voltage: volts };
  return {
    battery_profile_id: id,
    name,
    battery: { ...battery, voltageunit: 'V', cutoffvoltage: cutoffVolts },
  };
}

/** The licence that commands of this file want. @throws OtiiFault */
export function wantBatteryLicence(has: boolean): void {
  if (!has) throw new OtiiFault('No license', {});
}
