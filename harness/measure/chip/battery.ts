/** A battery for battery-life figures. Nominal values; self-discharge, temperature and pulse load are not in them. */
export interface Battery {
  name: string;
  milliampHours: number;
  nominalMillivolts: number;
  source: string;
}

/** Batteries that the reports name. */
export const batteries = {
  CR2032: {
    name: 'CR2032',
    milliampHours: 225,
    nominalMillivolts: 3000,
    source:
      'typical capacity of lithium/manganese dioxide CR2032 cells: 225 mAh at 3.0 V down to 2.0 V (en.wikipedia.org, CR2032 battery)',
  },
  'LiPo-150': {
    name: 'LiPo-150',
    milliampHours: 150,
    nominalMillivolts: 3700,
    source: 'an assumed wearable-size single cell of 150 mAh; 3.7 V is the usual nominal voltage',
  },
} as const satisfies Record<string, Battery>;

/** Energy of a full battery, joules. */
export function batteryJoules(battery: Battery): number {
  return battery.milliampHours * 3.6 * battery.nominalMillivolts * 1e-3;
}

/** Days that a full battery lasts at an average power, its whole nominal energy used. */
export function batteryDays(battery: Battery, averageMicrowatts: number): number {
  return batteryJoules(battery) / (averageMicrowatts * 1e-6) / 86_400;
}
