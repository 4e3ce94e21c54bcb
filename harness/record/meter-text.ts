import type { MeterIdentity } from '../measure/meter/meter.js';

function hertzText(hertz: number): string {
  const [scale, unit] = hertz >= 1e6 ? [1e6, 'MHz'] : hertz >= 1e3 ? [1e3, 'kHz'] : [1, 'Hz'];
  return `${(hertz / scale).toLocaleString('en', { maximumSignificantDigits: 4 })} ${unit}`;
}

/** `5 kHz, 10 kHz asked for`: what a meter samples at, and what it was told where that is something else; undefined where the run does not say. */
export function sampleRateText({ sampleRateHz, askedSampleRateHz }: MeterIdentity): string | undefined {
  if (sampleRateHz === undefined) return undefined;
  const asked = askedSampleRateHz === undefined ? '' : `, ${hertzText(askedSampleRateHz)} asked for`;
  return `${hertzText(sampleRateHz)}${asked}`;
}

/** Model, serial number, sample rate and whether it is emulated, in one line. */
export function meterText(meter: MeterIdentity): string {
  const { model, serial, emulated } = meter;
  const rate = sampleRateText(meter);
  return [model, ...(serial === undefined ? [] : [`serial ${serial}`]), ...(rate === undefined ? [] : [rate])]
    .join(', ')
    .concat(emulated ? ' (emulated)' : '');
}

/** The warning of a meter that samples at another rate than the bench asks for. */
export function otherRateFault(
  meter: MeterIdentity,
): { code: string; message: string; action: string } | undefined {
  const { driver, sampleRateHz, askedSampleRateHz } = meter;
  if (sampleRateHz === undefined || askedSampleRateHz === undefined) return undefined;
  return {
    code: 'LF_CONFIG_INVALID',
    message: `The meter ${driver} cannot sample at ${hertzText(askedSampleRateHz)} as the bench sets it up: it samples at ${hertzText(sampleRateHz)}`,
    action: `measured at ${hertzText(sampleRateHz)}; write that rate into the bench file, or choose another setting or meter`,
  };
}
