import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { limitsTable, withLimits } from './limits-table.js';

describe('the limits in the guide', () => {
  it('should be those of the code (npm run docs:limits)', () => {
    const guide = readFileSync(packagePath('docs', 'bring-your-own-model.md'), 'utf8');
    expect(withLimits(guide)).to.equal(guide);
    expect(guide).to.contain(limitsTable());
    expect(() => withLimits('no marks')).to.throw(/no <!-- limits/);
  });
});
