/**
 * What the ST X-NUCLEO-LPM01A ("PowerShield") speaks on its USB serial port (3,686,400 baud): text commands ended by CR LF, answered by "ack
 * <command> ..." or "error <command> ..." ("err" in older firmware); samples as text or as 16-bit words. Facts after UM2269 Rev 6, the MLPerf Tiny runner, Zephyr's
 * PowerShield driver and other published clients.
 */

export const lpm01aRates = [
  100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1,
] as const;
/** Text samples are unlimited in time up to this rate; words up to 100 kHz. */
export const lpm01aAsciiMaxHz = 5_000;
/** Energy is integrated up to this rate. */
export const lpm01aEnergyMaxHz = 10_000;
export const lpm01aMillivoltRange = [1800, 3300] as const;
export const lpm01aPrompt = 'PowerShield > ';
export const lpm01aMinimumFirmware = '1.0.6';

/** Second byte of a word that begins with 0xF0: not a sample. All end with FF FF. */
export const lpm01aMetadata = {
  error: 0xf1,
  info: 0xf2,
  timestamp: 0xf3,
  end: 0xf4,
  overcurrent: 0xf5,
} as const;

/** `freq` argument of a rate. */
export function lpm01aRateName(hertz: number): string {
  return hertz >= 1000 ? `${hertz / 1000}k` : String(hertz);
}

/** Amperes of a text sample such as `6409-07` (6409e-7 A); undefined when the line is something else. */
export function parseLpm01aSample(line: string): number | undefined {
  const match = /^(\d{4})([+-])(\d{2})$/.exec(line);
  return match === null ? undefined : Number(`${match[1]}e${match[2]}${match[3]}`);
}

/** A text sample: four digits, sign, two digits of exponent. The instrument shows no negative current. */
export function formatLpm01aSample(amps: number): string {
  if (!(amps >= 1e-15)) return '0000-00';
  let exponent = Math.floor(Math.log10(amps)) - 3;
  let digits = Math.round(amps / 10 ** exponent);
  if (digits > 9999) {
    digits = 1000;
    exponent += 1;
  }
  return `${digits}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Amperes of a word: 12 bits times 16 to the minus upper four. */
export function decodeLpm01aWord(word: number): number {
  return (word & 0xfff) * 16 ** -(word >>> 12);
}

/** The word nearest to a current; the largest exponent is kept for metadata. */
export function encodeLpm01aWord(amps: number): number {
  for (let exponent = 14; exponent >= 0; exponent -= 1) {
    const mantissa = Math.round(Math.max(0, amps) * 16 ** exponent);
    if (mantissa <= 0xfff) return (exponent << 12) | mantissa;
  }
  return 0x0fff;
}
