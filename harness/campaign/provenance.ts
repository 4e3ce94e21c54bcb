import { readFile } from 'node:fs/promises';
import { arch, cpus, platform, release } from 'node:os';
import { execa } from 'execa';
import { packagePath, packageRoot } from '../package-root.js';
import type { CampaignRecord } from '../record/journal/records.js';

type Provenance = CampaignRecord['provenance'];

/** Version of the package and, in a git checkout, the commit and whether files differ from it. */
export async function harnessProvenance(): Promise<Provenance['harness']> {
  const { version } = JSON.parse(await readFile(packagePath('package.json'), 'utf8')) as { version: string };
  const git = async (...args: string[]): Promise<string | undefined> => {
    const { failed, stdout } = await execa('git', ['-C', packageRoot, ...args], { reject: false });
    return failed ? undefined : stdout.trim();
  };
  const commit = await git('rev-parse', 'HEAD');
  if (commit === undefined) return { version, commit: 'unknown', dirty: false };
  const changes = await git('status', '--porcelain', '--untracked-files=no');
  return { version, commit, dirty: changes !== '' };
}

export function hostProvenance(): Provenance['host'] {
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  };
}
