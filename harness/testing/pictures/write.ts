import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { main } from '../../cli/main.js';
import { packagePath } from '../../package-root.js';
import { Text } from '../cli.js';
import { terminalSvg } from './terminal-svg.js';

/*
 * `npm run docs:pictures -- RUN`: the pictures of README.md, made of a real run, e.g. reports/latest after `npm start`. The first screen is what
 * `littlefirst check` prints on a terminal of this width, the report is its page in a browser.
 */
const columns = 132;
const page = { width: 1100, height: 900 };

const [given = 'reports/latest'] = process.argv.slice(2);
const run = resolve(given);

const out = Object.assign(new Text(), { columns });
await main(['node', 'littlefirst', 'check', run], {
  out,
  err: new Text(),
  cwd: packagePath(),
  env: { FORCE_COLOR: '1' },
});
const folder = dirname(run);
const text = out.text.trim().replaceAll(`${folder}/${basename(run)}`, `reports/${basename(run)}`);
const title = 'The answer of a run in a terminal';
writeFileSync(
  packagePath('docs', 'pictures', 'first-screen.svg'),
  terminalSvg(`$ npm start\n${text}`, title),
);

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (executablePath === undefined) throw new Error('no browser: apt-get install chromium');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const tab = await browser.newPage({ viewport: page, colorScheme: 'light' });
  await tab.goto(pathToFileURL(join(run, 'report.html')).href, { waitUntil: 'load' });
  await tab.screenshot({ path: packagePath('docs', 'pictures', 'report.png') });
} finally {
  await browser.close();
}
