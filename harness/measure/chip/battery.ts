/** A battery for battery-life figures. Nominal values; temperature and pulse load are not in them. */
export interface Battery {
  name: string;
  milliampHours: number;
  nominalMillivolts: number;
  source: string;
  /** Share of its charge that it loses a year by itself; one standard deviation is this factor either way. */
  selfDischarge: { perYear: number; uFactor: number; kind: 'published' | 'assumed'; source: string };
}

/** Batteries that the reports name. */
export const batteries = {
  CR2032: {
    name: 'CR2032',
    milliampHours: 225,
    nominalMillivolts: 3000,
    source:
      'typical capacity of lithium/manganese dioxide CR2032 cells: 225 mAh at 3.0 V down to 2.0 V (en.wikipedia.org, CR2032 battery)',
    selfDischarge: {
      perYear: 0.01,
      uFactor: 1.5,
      kind: 'published',
      source:
        'about 1 % a year at 20 degrees Celsius: what makers of lithium/manganese dioxide coin cells state; the spread is assumed',
    },
  },
  'LiPo-150': {
    name: 'LiPo-150',
    milliampHours: 150,
    nominalMillivolts: 3700,
    source: 'an assumed wearable-size single cell of 150 mAh; 3.7 V is the usual nominal voltage',
    selfDischarge: {
      perYear: 0.36,
      uFactor: 1.7,
      kind: 'assumed',
      source: "3 % a month with the cell's protection circuit: 2 to 5 % are usually named",
    },
  },
} as const satisfies Record<string, Battery>;

/** Energy of a full battery, joules. */
export function batteryJoules(battery: Battery): number {
  return battery.milliampHours * 3.6 * battery.nominalMillivolts * 1e-3;
}

/**
 * The same with self-discharge: what is left decays by itself while it is drawn from, dE/dt = -P - rE.
 * @param z standard deviations of the self-discharge
 */
export function batteryDaysSelfDischarged(battery: Battery, averageMicrowatts: number, z = 0): number {
  const { perYear, uFactor } = battery.selfDischarge;
  const perDay = (perYear * uFactor ** z) / 365.25;
  const ofPower = (perDay * batteryJoules(battery)) / (averageMicrowatts * 1e-6 * 86_400);
  return Math.log1p(ofPower) / perDay;
}

/** Days that a full battery lasts at an average power, its whole nominal energy used, self-discharge apart. */
export function batteryDays(battery: Battery, averageMicrowatts: number): number {
  return batteryJoules(battery) / (averageMicrowatts * 1e-6) / 86_400;
}
