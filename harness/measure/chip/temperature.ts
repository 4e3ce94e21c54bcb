import type { ChipProfile, Fact } from './schema.js';

/** Temperature that profiles hold at, degrees Celsius, and the same in kelvin. */
export const profileCelsius = 25;
const zeroCelsius = 273.15;

/** Where a profile does not say: leakage of CMOS doubles every 8 to 20 K, thresholds fall by 0.5 to 2 mV/K (textbook ranges). */
const doubling: Fact = { value: 15, u: 4, kind: 'assumed', source: 'doubles every 8 to 20 K in CMOS' };
const thresholdSlope: Fact = { value: -1, u: 0.4, kind: 'assumed', source: '-0.5 to -2 mV/K in CMOS' };

/** Its facts of temperature, its own or the usual ones. */
export function temperatureFacts(chip: ChipProfile): { doubling: Fact; thresholdSlope: Fact } {
  return {
    doubling: chip.active.leakageDoublingKelvin ?? doubling,
    thresholdSlope: chip.delay.thresholdMillivoltsPerKelvin ?? thresholdSlope,
  };
}

/**
 * The profile as it is at another ambient temperature: leakage doubles every `leakageDoublingKelvin`, in sleep its share; the
 * threshold moves, and kT/q. The rated clocks of the levels stay; whether they are still allowed, the delay law says.
 */
export function atAmbient<T extends ChipProfile>(chip: T, celsius: number = profileCelsius): T {
  if (celsius === profileCelsius) return chip;
  const { doubling: kelvin, thresholdSlope: slope } = temperatureFacts(chip);
  const rise = celsius - profileCelsius;
  const factor = 2 ** (rise / kelvin.value);
  const times = (fact: Fact, by: number): Fact => ({ ...fact, value: fact.value * by });
  const heated = <S extends { fixedMicroamps: Fact; leakageShare?: Fact }>(sleep: S): S => {
    const share = sleep.leakageShare?.value ?? 0;
    return { ...sleep, fixedMicroamps: times(sleep.fixedMicroamps, 1 - share + share * factor) };
  };
  return {
    ...chip,
    active: { ...chip.active, leakageMicroamps: times(chip.active.leakageMicroamps, factor) },
    sleep: { ...heated(chip.sleep), ...(chip.sleep.states && { states: chip.sleep.states.map(heated) }) },
    delay: {
      ...chip.delay,
      thresholdMillivolts: {
        ...chip.delay.thresholdMillivolts,
        value: Math.max(1, chip.delay.thresholdMillivolts.value + slope.value * rise),
      },
      thermalMillivolts: times(
        chip.delay.thermalMillivolts,
        (celsius + zeroCelsius) / (profileCelsius + zeroCelsius),
      ),
    },
  };
}
