import { loadOptional, type OptionalModule, optionalModules } from '../../optional-module.js';
import type { DoctorFinding } from './finding.js';

async function findPackage(
  module: OptionalModule,
  load: (name: string) => Promise<unknown>,
): Promise<DoctorFinding> {
  const finding = { area: 'harness', what: `package ${module.name}`, required: false } as const;
  try {
    await loadOptional(() => load(module.name), module);
    return { ...finding, ok: true, detail: 'loads' };
  } catch (error) {
    const { cause } = error as Error;
    const [why] = String(cause instanceof Error ? cause.message : cause).split('\n');
    return {
      ...finding,
      ok: false,
      detail: `${module.neededFor} needs it: ${why}`,
      fix: module.install ?? `npm install ${module.name}`,
    };
  }
}

/** Packages that not every installation has. Each is loaded, since a native one may be there and yet not fit this machine. */
export function findPackages(
  load: (name: string) => Promise<unknown> = name => import(name),
): Promise<DoctorFinding[]> {
  return Promise.all(optionalModules.map(module => findPackage(module, load)));
}
