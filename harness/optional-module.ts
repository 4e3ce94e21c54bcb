import { createRequire } from 'node:module';
import { LittlefirstError } from './errors.js';

/** A package that not every installation has: native, heavy, or asked for by one command only. */
export interface OptionalModule {
  name: string;
  /** What cannot be done without it, e.g. "`littlefirst train`". */
  neededFor: string;
  /** What brings it; default: `npm install <name>`. */
  install?: string;
}

function missing(
  { name, neededFor, install = `npm install ${name}` }: OptionalModule,
  cause: unknown,
): LittlefirstError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new LittlefirstError(
    'LF_TOOL_MISSING',
    `${neededFor} needs the package ${name}, which cannot be loaded`,
    {
      expected: name,
      received: text.split('\n')[0],
      hint: install,
      fields: { module: name },
      cause,
    },
  );
}

/**
 * Loads an optional package where it is used.
 * @param load e.g. `() => import('serialport')`
 * @throws LF_TOOL_MISSING when it is not there or its native part does not load
 */
export async function loadOptional<T>(load: () => Promise<T>, module: OptionalModule): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw missing(module, cause);
  }
}

/**
 * The same at once, for packages that can be required.
 * @param moduleUrl the caller's `import.meta.url`
 * @throws LF_TOOL_MISSING
 */
export function requireOptional<T>(moduleUrl: string, module: OptionalModule): T {
  try {
    return createRequire(moduleUrl)(module.name) as T;
  } catch (cause) {
    throw missing(module, cause);
  }
}
