import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { thrown } from '../failure.js';
import { isLater, released } from './notes.js';

describe('a release', () => {
  it('takes later versions only', () => {
    for (const [version, than] of [
      ['0.1.1', '0.1.0'],
      ['0.10.0', '0.9.9'],
      ['1.0.0', '1.0.0-rc.1'],
      ['1.0.0-rc.10', '1.0.0-rc.9'],
    ]) {
      expect(isLater(version, than), `${version} after ${than}`).to.equal(true);
      expect(isLater(than, version), `${than} after ${version}`).to.equal(false);
    }
    expect(isLater('1.0.0', '1.0.0')).to.equal(false);
    for (const version of ['1.0', 'v1.0.0', '1.0.0.0', '01.0.0', ''])
      expect(thrown(() => isLater(version, '0.1.0'), 'LF_USAGE').message).to.contain('is no version');
  });

  it('moves what was unreleased under the version, and leaves room for what comes', () => {
    const before = '# Changelog\n\n## Unreleased\n\n- one\n- two\n\n## 0.1.0 (2026-01-01)\n\n- old\n';
    const { changelog, notes } = released(before, '0.2.0', '2026-12-01');
    expect(notes).to.equal('- one\n- two');
    expect(changelog).to.equal(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n- one\n- two\n\n## 0.1.0 (2026-01-01)\n\n- old\n',
    );
    expect(thrown(() => released(changelog, '0.3.0', '2026-12-02'), 'LF_USAGE').message).to.contain(
      'nothing',
    );
  });

  it('finds something in the changelog of this project, and leaves one that a later release can be written into', () => {
    const before = readFileSync(packagePath('CHANGELOG.md'), 'utf8');
    /* Right behind a release nothing is unreleased. */
    const told = before.replace('## Unreleased\n', '## Unreleased\n\n### New\n- one\n');
    const { changelog, notes } = released(told, '999.0.0', '2026-12-01');
    expect(notes).to.match(/^### /);
    expect(changelog)
      .to.match(/^# Changelog\n\n## Unreleased\n\n## 999\.0\.0 /)
      .and.to.match(/[^\n]\n$/);
    expect(thrown(() => released(changelog, '999.0.1', '2026-12-02'), 'LF_USAGE').message).to.contain(
      'nothing',
    );
    const later = changelog.replace('## Unreleased\n', '## Unreleased\n\n- two\n');
    expect(released(later, '999.0.1', '2026-12-02').notes).to.equal('- two');
  });
});
