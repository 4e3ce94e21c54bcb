import type { z } from 'zod';

type Keys<T> = T extends unknown ? keyof T : never;

/** Complains, when compiled, of a field that `T` has and a strict schema has not: what is written would be refused when it is read. */
export type Complete<T, S extends z.ZodObject> = Exclude<Keys<T>, keyof S['shape']> extends never ? S : never;

/** A schema that has every field of `T`. */
export const complete =
  <T>() =>
  <S extends z.ZodObject>(schema: S & Complete<T, S>): S =>
    schema;
