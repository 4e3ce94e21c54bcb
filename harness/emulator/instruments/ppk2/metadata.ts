import { nominalPpk2Ranges, type Ppk2RangeCalibration } from '../../../measure/meter/ppk2/metadata.js';

/** Figures of the calibration, in the order and with the decimals of a real instrument's text; UG comes after S and I. */
const decimals = { R: 4, GS: 4, GI: 4, O: 4, S: 9, I: 9, UG: 2 } as const;
type Key = keyof typeof decimals;
const keysBefore = ['R', 'GS', 'GI', 'O'] as const;
const keysAfter = ['S', 'I', 'UG'] as const;

/** One row a figure, ranges 0 to 4. */
function fromRows(rows: Record<Key, readonly number[]>): Ppk2RangeCalibration[] {
  const at = (index: number) =>
    Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, row[index]]));
  return rows.R.map((_, index) => at(index) as unknown as Ppk2RangeCalibration);
}

/** Calibrations that an emulated PPK2 can be built to. */
export const ppk2Calibrations = {
  /** What Nordic's software assumes of an instrument that tells nothing. */
  nominal: nominalPpk2Ranges(),
  /** Of one real instrument (HW 9173), as its owners published its metadata with the tests of their client; kind: published. */
  realistic: fromRows({
    R: [1003.3506, 101.5865, 10.3027, 0.9636, 0.0564],
    GS: [0, 112.789, 18.0115, 2.4217, 0.0729],
    GI: [1, 0.9695, 0.9609, 0.9519, 0.9582],
    O: [112.942, 75.4627, 64.602, 50.4983, 87.2177],
    S: [4.8e-8, 5.96e-7, 5.281e-6, 6.2577e-5, 2.940743e-3],
    I: [-1.04e-7, -1.443e-6, 3.6439e-5, -3.74119e-4, -9.388455e-3],
    UG: [1, 1, 1, 1, 1],
  }),
} as const;
export type Ppk2Calibration = keyof typeof ppk2Calibrations;

/** What is left of a calibration when the text has been written: the instrument is as good as what it reports. */
export function roundPpk2Ranges(ranges: readonly Ppk2RangeCalibration[]): Ppk2RangeCalibration[] {
  return ranges.map(range => {
    const rounded = { ...range };
    for (const key of Object.keys(decimals) as Key[])
      rounded[key] = Number(range[key].toFixed(decimals[key]));
    return rounded;
  });
}

/** Metadata as the instrument writes it; an emulated one says so in a line of its own, which other clients pass over. */
export function formatPpk2Metadata(
  ranges: readonly Ppk2RangeCalibration[],
  state: { calibrated: boolean; vddMillivolts: number; mode: number },
): string {
  const rows = (keys: readonly Key[]) =>
    keys.flatMap(key => ranges.map((range, index) => `${key}${index}: ${range[key].toFixed(decimals[key])}`));
  return [
    `Calibrated: ${state.calibrated ? 1 : 0}`,
    ...rows(keysBefore),
    `VDD: ${state.vddMillivolts}`,
    'HW: 9173',
    `mode: ${state.mode}`,
    ...rows(keysAfter),
    'IA: 56',
    'Emulated: 1',
    'END',
    '',
  ].join('\n');
}
