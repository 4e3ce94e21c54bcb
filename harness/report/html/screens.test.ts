import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { loadBench } from '../../campaign/bench/load.js';
import { shippedBenches } from '../../campaign/bench/names.js';
import { chromiumPath } from '../../testing/browser.js';
import { firstOf, testJournal } from '../../testing/record/run.js';
import { compareRuns } from '../../verdict/compare/compare.js';
import { evaluateRun } from '../../verdict/open-run.js';
import { comparisonHtml } from '../compare/html.js';
import { historyHtml } from '../history/html.js';
import { seriesOfRuns } from '../history/series.js';
import { reportHtml } from './page.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where the pictures go, to be looked at. */
const pictures = process.env['LITTLEFIRST_PICTURES'] ?? join(tmpdir(), 'littlefirst-pictures');

/**
 * What makes tables hard to read, folded ones opened: one that is wider than the screen without a frame to scroll it in, cards that must be
 * scrolled, text that is cut off or lies on its neighbour, a first column that leaves no room beside it, rows of a word a line.
 */
const tableFaults = `(() => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  const faults = document.documentElement.scrollWidth > innerWidth ? ['opened: the page is too wide'] : [];
  const tables = [...document.querySelectorAll('table')];
  for (const table of tables) {
    const name = table.caption?.textContent ?? table.rows[0].textContent;
    const fault = (what, cell) => faults.push(what + ': ' + name.slice(0, 60) + (cell ? ' / ' + cell.textContent.slice(0, 60) : ''));
    const frame = table.closest('.scroll');
    if (frame === null) fault('no frame', null);
    if (table.closest('#verdicts') && frame.scrollWidth > frame.clientWidth) fault('verdicts must be scrolled', null);
    const isCards = table.classList.contains('cards') && innerWidth <= 860;
    if (isCards && frame.scrollWidth > frame.clientWidth) fault('cards too wide', null);
    for (const row of table.tBodies[0].rows) {
      const cells = [...row.cells];
      const boxes = cells.map(cell => cell.getBoundingClientRect());
      cells.forEach((cell, i) => {
        const isShortened = getComputedStyle(cell).textOverflow === 'ellipsis';
        if (!isShortened && cell.scrollWidth > cell.clientWidth + 1) fault('cut off', cell);
        if (!isCards && i > 0 && boxes[i].left < boxes[i - 1].right - 1 && getComputedStyle(cells[i - 1]).position !== 'sticky') fault('overlap', cell);
      });
      const head = row.querySelector('th');
      if (!isCards && frame.scrollWidth > frame.clientWidth && head !== null && head.getBoundingClientRect().width > 0.5 * frame.clientWidth) fault('first column too wide', head);
      if (!isCards && row.getBoundingClientRect().height > 260) fault('row too high', row);
    }
  }
  return { tables: tables.length, faults: [...new Set(faults)] };
})()`;

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string }[];
}

if (chromiumPath !== undefined)
  describe('the pages in a browser', function () {
    this.timeout(300_000);
    let browser: Browser;
    const pages = new Map<string, string>();
    before(async () => {
      mkdirSync(pictures, { recursive: true });
      browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
      const target = { name: 'saves', metric: 'energy-saving' as const, strategies: ['1B6S'], atLeast: 0.99 };
      const records = testJournal({ targets: [target, { ...target, name: 'easy', atLeast: 0.5 }] });
      const campaign = firstOf(records, 'campaign');
      campaign.bench = await loadBench(join(shippedBenches, 'default.yaml'));
      /* As wide as a hash can be: 8 is as wide as any of its characters. */
      campaign.provenance.harness.commit = '8'.repeat(40);
      const failed = evaluateRun(records);
      pages.set('report', reportHtml(failed));
      pages.set('compare', comparisonHtml([compareRuns(failed, evaluateRun(testJournal()))]));
      const runs = [failed, evaluateRun(testJournal({ windows: 60 }))].map(({ record }) => record);
      const series = seriesOfRuns(runs);
      pages.set('history', historyHtml({ folder: 'reports', runs: 2, series, unreadable: ['torn: no run'] }));
    });
    after(() => browser.close());

    /** Opens a page, does something, and fails on console messages and requests. */
    async function visit<T>(
      name: string,
      options: BrowserContextOptions,
      work: (page: Page) => Promise<T>,
    ): Promise<T> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const trouble: string[] = [];
      page.on('console', message => trouble.push(message.text()));
      page.on('request', request => trouble.push(request.url()));
      try {
        await page.setContent(pages.get(name) ?? '', { waitUntil: 'load' });
        const result = await work(page);
        expect(trouble.filter(text => !text.startsWith('data:'))).to.deep.equal([]);
        return result;
      } finally {
        await context.close();
      }
    }

    const sizes = [1440, 1200, 800, 390];
    for (const name of ['report', 'compare', 'history'])
      for (const width of sizes)
        it(`${name} fits ${width} px: nothing is wider than the screen but tables in their frames, and these can be read`, async () => {
          await visit(name, { viewport: { width, height: 900 } }, async page => {
            const over = (await page.evaluate(
              'document.documentElement.scrollWidth - window.innerWidth',
            )) as number;
            await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: width === 390 });
            expect(over).to.be.at.most(0);
            const { tables, faults } = (await page.evaluate(tableFaults)) as {
              tables: number;
              faults: string[];
            };
            expect(faults).to.deep.equal([]);
            expect(tables).to.be.at.least(1);
          });
        });

    for (const [look, options] of [
      ['dark', { colorScheme: 'dark' }],
      ['light', { colorScheme: 'light' }],
    ] as const)
      for (const name of ['report', 'compare', 'history'])
        it(`${name} has no serious violation of accessibility, ${look}`, async () => {
          await visit(name, { ...options, viewport: { width: 1440, height: 900 } }, async page => {
            await page.screenshot({ path: join(pictures, `${name}-${look}.png`) });
            await page.evaluate(axe);
            const violations = (await page.evaluate(
              'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
            )) as Violation[];
            const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
            expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`)).to.deep.equal([]);
          });
        });

    it('report has its own policy stop what asks the network, and scripts that are not its own', async () => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const said: string[] = [];
      page.on('console', message => said.push(message.text()));
      const more = '<img src="http://127.0.0.1:9/x.png"><script>document.title = "taken";</script></body>';
      await page.setContent((pages.get('report') ?? '').replace('</body>', more), { waitUntil: 'load' });
      expect(said.filter(text => text.includes('Content Security Policy'))).to.have.length(2);
      expect(await page.title()).to.not.equal('taken');
      await context.close();
    });

    it('report keeps its first screen in print, and as the colour-blind see it', async () => {
      await visit('report', { viewport: { width: 1440, height: 900 } }, async page => {
        const session = await page.context().newCDPSession(page);
        for (const type of ['deuteranopia', 'protanopia', 'achromatopsia'] as const) {
          await session.send('Emulation.setEmulatedVisionDeficiency', { type });
          await page.screenshot({ path: join(pictures, `report-${type}.png`), fullPage: true });
        }
        const pdf = await page.pdf({ path: join(pictures, 'report-print.pdf'), preferCSSPageSize: true });
        expect(pdf.subarray(0, 5).toString('latin1')).to.equal('%PDF-');
      });
    });
  });
