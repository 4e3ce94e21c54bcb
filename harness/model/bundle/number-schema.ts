import { z } from 'zod';
import { maxChannels } from './limits.js';

/** Numbers of a bundle that have no tighter bounds of their own. The bounds keep every product of them finite; no sensor comes near. */
const largest = 1e9;
const smallest = 1e-12;

/** A value in physical units. */
export const physical = z.number().min(-largest).max(largest);
/** A scale, a deviation or a distance in physical units. */
export const positive = z.number().min(smallest).max(largest);
/** Place of a value in a row of the window. */
export const channelNumber = z
  .number()
  .int()
  .min(0)
  .max(maxChannels - 1);
