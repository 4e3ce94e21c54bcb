import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../package-root.js';

interface LockedPackage {
  version: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: boolean;
  link?: boolean;
}

const { packages } = JSON.parse(readFileSync(packagePath('package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const security = readFileSync(packagePath('SECURITY.md'), 'utf8');

describe('the packages that are installed', () => {
  it('are each pinned by their content', () => {
    expect(locked.length).to.be.greaterThan(100);
    const loose = locked.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''));
    expect(loose.map(([path]) => path)).to.deep.equal([]);
  });

  it('run no install script but those that SECURITY.md names, with what they do', () => {
    const scripts = new Set(
      locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)),
    );
    const named = [...security.matchAll(/^\| `([^`]+)`[^|]*\| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name);
    expect([...scripts].sort()).to.deep.equal(named.sort());
  });

  it('have licences that SECURITY.md lists', () => {
    const listed = /^- Licences of all packages: (.*), or a choice/m.exec(security)?.[1].split(', ') ?? [];
    const others = locked.filter(
      ([, { license = 'none' }]) =>
        !license.split(/ (?:AND|OR) /).every(one => listed.includes(one.replace(/[()]/g, ''))),
    );
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).to.deep.equal([]);
  });
});
