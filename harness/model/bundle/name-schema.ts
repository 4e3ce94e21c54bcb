import { z } from 'zod';

/** A name in a bundle: it must fit a field of the flash blob and a word of the DUT protocol. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,23}$/, '1 to 24 letters, digits, "_", "." or "-"');
