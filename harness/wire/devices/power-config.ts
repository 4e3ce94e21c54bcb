import { z } from 'zod';
import { LittlefirstError } from '../../errors.js';
import {
  type CycleOptions,
  commandPower,
  meterPower,
  type PowerControl,
  scpiPower,
  uhubctlPower,
} from './power.js';

const text = z.string().min(1);
const cycle = { offMilliseconds: z.number().int().min(0).max(600_000).optional() };
const pattern = text.refine(isPattern, 'a regular expression');

function isPattern(value: string): boolean {
  try {
    new RegExp(value);
    return true;
  } catch {
    return false;
  }
}

/** The `power:` of a bench file: who switches the supply of the DUT. */
export const powerSchema = z.discriminatedUnion('by', [
  /** The bench's meter feeds the DUT (PPK2 as a source meter, LPM01A, Otii). */
  z.strictObject({ by: z.literal('meter'), ...cycle }),
  /** A hub that switches its ports: location and port as uhubctl lists them. */
  z.strictObject({
    by: z.literal('uhubctl'),
    location: text,
    port: z.number().int().positive(),
    /** What must hang on that port before it is switched off. */
    serialNumber: text.optional(),
    command: text.optional(),
    ...cycle,
  }),
  /** A relay or a farm's switch: program and arguments, `{name}` filled from `values`; no shell. */
  z.strictObject({
    by: z.literal('command'),
    on: text,
    off: text,
    values: z.record(z.string(), z.string()).optional(),
    budgetMilliseconds: z.number().int().positive().optional(),
    expectOn: pattern.optional(),
    expectOff: pattern.optional(),
    ...cycle,
  }),
  /** An output of a bench supply over a raw SCPI socket. */
  z.strictObject({
    by: z.literal('scpi'),
    host: text,
    port: z.number().int().min(1).max(65535).optional(),
    channels: text.optional(),
    budgetMilliseconds: z.number().int().positive().optional(),
    ...cycle,
  }),
]);

export type PowerConfig = z.infer<typeof powerSchema>;

/** What can switch the supply of the DUT: a meter that feeds it. */
export interface SupplySwitch {
  supply(on: boolean): Promise<void>;
}

/**
 * The power switch that a bench file describes.
 * @param meter the bench's meter, for `by: meter`
 * @throws LF_CONFIG_INVALID when the meter is to switch and there is none
 */
export function createPower(
  config: PowerConfig,
  meter: SupplySwitch | undefined,
  options: CycleOptions = {},
): PowerControl {
  const { offMilliseconds = options.offMilliseconds } = config;
  const common = { ...options, offMilliseconds };
  switch (config.by) {
    case 'meter':
      if (meter === undefined)
        throw new LittlefirstError(
          'LF_CONFIG_INVALID',
          'The meter is to switch the supply, but there is none',
          {
            expected: 'power: { by: meter } with a meter that feeds the DUT',
            received: 'meter: { driver: none }',
          },
        );
      return meterPower('the meter', on => meter.supply(on), common);
    case 'uhubctl':
      return uhubctlPower(config.location, config.port, { ...config, ...common });
    case 'command':
      return commandPower('command', {
        ...config,
        ...common,
        expectOn: config.expectOn === undefined ? undefined : new RegExp(config.expectOn),
        expectOff: config.expectOff === undefined ? undefined : new RegExp(config.expectOff),
      });
    case 'scpi':
      return scpiPower({ ...config, ...common });
  }
}
