/**
 * What the Nordic PPK2 speaks on its USB serial port: one-byte opcodes to it; from it 32-bit little-endian samples at 100 kS/s, or a
 * text of calibration metadata (`metadata.ts`). Facts after Nordic's Power Profiler and the IRNAS Python API.
 */

export const ppk2Opcodes = {
  averageStart: 0x06,
  averageStop: 0x07,
  /** Argument 1: the switch to the DUT closes; 0: it opens. In source and ampere mode alike. */
  deviceRunning: 0x0c,
  regulatorSet: 0x0d,
  setPowerMode: 0x11,
  getMetadata: 0x19,
  reset: 0x20,
  /** Range and a 32-bit little-endian float: UG of that range. */
  setUserGains: 0x25,
} as const;

/** Bytes that follow an opcode. */
export const ppk2ArgumentBytes: Readonly<Record<number, number>> = {
  [ppk2Opcodes.averageStart]: 0,
  [ppk2Opcodes.averageStop]: 0,
  [ppk2Opcodes.deviceRunning]: 1,
  [ppk2Opcodes.regulatorSet]: 2,
  [ppk2Opcodes.setPowerMode]: 1,
  [ppk2Opcodes.getMetadata]: 0,
  [ppk2Opcodes.reset]: 0,
  [ppk2Opcodes.setUserGains]: 5,
};

export const ppk2Modes = { ampere: 1, source: 2 } as const;
export const ppk2SampleRateHz = 100_000;
export const ppk2Ranges = 5;
/** Full scale of the converter per step after the multiplication by 4: 1.8 V over 163,840. */
export const ppk2VoltsPerStep = 1.8 / 163_840;
export const ppk2AdcMax = 0x3fff;
export const ppk2MillivoltRange = [800, 5000] as const;
/** Upper ends of the ranges, amperes (Nordic's PPK2 user guide). */
export const ppk2RangeTops = [50e-6, 500e-6, 5e-3, 60e-3, 1] as const;
/** A sample's 6-bit counter. */
export const ppk2CounterMask = 63;
