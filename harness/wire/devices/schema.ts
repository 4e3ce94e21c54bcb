import { z } from 'zod';

const hexId = z.string().regex(/^[0-9a-fA-F]{4}$/, 'four hex digits, in quotes, e.g. "2e8a"');

/**
 * A serial device named by what stays the same from one enumeration to the next. At least one of serialNumber, port and id;
 * all that is given must fit, and exactly one device may.
 */
export const deviceSchema = z
  .strictObject({
    /** USB serial number, as `littlefirst doctor` shows it, in any case. What looks like a number is taken as it is written. */
    serialNumber: z.string().min(1).optional(),
    /** The USB socket: name below /dev/serial/by-path, or bus and ports (`1-2.3`). For devices without a serial number. */
    port: z.string().min(1).optional(),
    /** Name below /dev/serial/by-id. */
    id: z.string().min(1).optional(),
    vid: hexId.optional(),
    pid: hexId.optional(),
    /** USB interface, where one device has several serial ports: its number, or its name as `littlefirst doctor` shows it. */
    interface: z.union([z.number().int().min(0).max(255), z.string().min(1)]).optional(),
    /** Rate, bits per second, where it is not the board's. */
    baudRate: z.number().int().positive().optional(),
    /** Control lines after opening, where they are not the board's. */
    dtr: z.enum(['on', 'off', 'leave']).optional(),
    rts: z.enum(['on', 'off', 'leave']).optional(),
  })
  .refine(
    ({ serialNumber, port, id }) => serialNumber !== undefined || port !== undefined || id !== undefined,
    {
      message: 'one of serialNumber, port and id: vendor and product alone may mean any board of a kind',
    },
  );

export type DeviceChoice = z.infer<typeof deviceSchema>;
