import { readFileSync, statSync } from 'node:fs';
import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { terminalSvg } from './terminal-svg.js';

describe('the picture of a terminal', () => {
  it('keeps colours and escapes what is mark-up', () => {
    const svg = terminalSvg(
      '\u001b[32mPASS\u001b[39m a < b & c\n\u001b[43m\u001b[1m!\u001b[22m\u001b[49m',
      'A "run" & more',
    );
    expect(svg).to.match(/fill="#7ee787"[^>]*>PASS<\/text>/);
    expect(svg).to.contain('> a &lt; b &amp; c</text>');
    expect(svg).to.match(/<rect [^>]*fill="#e3b341"\/><text [^>]*font-weight="bold"[^>]*>!<\/text>/);
  });

  it('in the README is small, of the default bench, and names no folder of a machine', () => {
    const path = packagePath('docs', 'pictures', 'first-screen.svg');
    const svg = readFileSync(path, 'utf8');
    expect(svg).to.contain('default').and.to.match(/PASS/).and.to.contain('reports/');
    expect(svg).to.not.match(/\/(home|tmp|root|work|Users)\//);
    expect(statSync(path).size).to.be.below(60_000);
    expect(statSync(packagePath('docs', 'pictures', 'report.png')).size).to.be.below(400_000);
  });
});
