import type {
  CoreName,
  ImportRequest,
  MeterDriverName,
  Ppk2Calibration,
  ScpiModel,
} from '../library/index.js';

/** What options may be, known without the library: help must not wait for it. The compiler sees to it that none is missing. */

type Names<T extends string> = Record<T, true>;
const namesOf = <T extends string>(names: Names<T>): T[] => Object.keys(names) as T[];

type Place = Extract<ImportRequest, { layout: 'pamap2' }>['place'];

export const meterNames = namesOf<MeterDriverName>({
  ppk2: true,
  lpm01a: true,
  otii: true,
  scpi: true,
  ina: true,
  joulescope: true,
});
export const calibrationNames = namesOf<Ppk2Calibration>({ nominal: true, realistic: true });
export const scpiModelNames = namesOf<ScpiModel>({ n6705: true, dmm6500: true, 2450: true });
export const layoutNames = namesOf<ImportRequest['layout']>({
  csv: true,
  motionsense: true,
  wisdm: true,
  pamap2: true,
  hapt: true,
});
export const placeNames = namesOf<Place>({ hand: true, chest: true, ankle: true });
export const coreNames = namesOf<CoreName>({
  'cortex-m0plus': true,
  'cortex-m3': true,
  'cortex-m4f': true,
  'cortex-m33': true,
});
