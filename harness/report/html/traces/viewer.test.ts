import { expect } from 'chai';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TraceRecord } from '../../../record/journal/records.js';
import { chromiumPath } from '../../../testing/browser.js';
import { firstOf, testJournal, testLevels } from '../../../testing/record/run.js';
import { evaluateRun } from '../../../verdict/open-run.js';
import { reportHtml } from '../page.js';
import { samplesOf } from './samples.js';

/** Charge between two times, sample by sample as the record has them: each holds until the next. */
function chargeOf(
  { seconds, amperes }: Pick<TraceRecord, 'seconds' | 'amperes'>,
  from: number,
  to: number,
): number {
  let charge = 0;
  for (let i = 0; i + 1 < seconds.length; i += 1) {
    const duration = Math.min(to, seconds[i + 1]) - Math.max(from, seconds[i]);
    if (duration > 0) charge += duration * amperes[i];
  }
  return charge;
}

/** A trace that begins with its first window, of more samples than are drawn. */
function longTrace(): Pick<TraceRecord, 'seconds' | 'amperes' | 'marker'> {
  const seconds = Array.from({ length: 5000 }, (_, i) => i * 1e-6);
  return {
    seconds,
    amperes: seconds.map((_, i) => 1e-3 * (2 + Math.sin(i / 40) + (i % 5) / 10)),
    marker: seconds.map((_, i) => [1, 2, 0][Math.floor(i / 400) % 3]),
  };
}

describe('the samples of a drawn trace', () => {
  it('should be few, and keep the charge between marker edges', () => {
    const trace = { kind: 'trace' as const, t: '', block: 0, ...longTrace() };
    const samples = samplesOf(trace);
    expect(samples.nanoseconds.length).to.be.lessThan(1300);
    const drawn = { seconds: samples.nanoseconds.map(ns => ns * 1e-9), amperes: samples.amperes };
    for (const [from, to] of [
      [0, 4.999e-3],
      [4e-4, 8e-4],
      [8e-4, 1.2e-3],
    ])
      expect(chargeOf(drawn, from, to)).to.be.closeTo(chargeOf(trace, from, to), 1e-15);
  });
});

if (chromiumPath !== undefined)
  describe('the viewer of traces in a browser', function () {
    this.timeout(300_000);
    const volts = 3.3;
    const trace = longTrace();
    let browser: Browser;
    let html: string;
    before(async () => {
      browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
      const records = testJournal({ levels: testLevels.slice(0, 1), windows: 30 });
      Object.assign(firstOf(records, 'trace'), trace, { volts });
      html = reportHtml(evaluateRun(records));
    });
    after(() => browser.close());

    /** Opens the page under its own policy; fails on whatever the console says. */
    async function visit(options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> {
      const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
      const page = await context.newPage();
      const trouble: string[] = [];
      page.on('console', message => trouble.push(message.text()));
      page.on('pageerror', error => trouble.push(error.message));
      try {
        await page.setContent(html, { waitUntil: 'load' });
        await work(page);
        expect(trouble).to.deep.equal([]);
      } finally {
        await context.close();
      }
    }

    const figureOf = (page: Page) => page.locator('figure[data-trace]').first();
    const outputOf = (page: Page) => figureOf(page).locator('output');

    /** Drags over the first trace between two shares of its width. */
    async function drag(page: Page, from: number, to: number): Promise<void> {
      const plot = figureOf(page).locator('svg.plot');
      await plot.scrollIntoViewIfNeeded();
      const box = await plot.boundingBox();
      if (box === null) throw new Error('no plot');
      const y = box.y + box.height / 3;
      await page.mouse.move(box.x + from * box.width, y);
      await page.mouse.down();
      await page.mouse.move(box.x + ((from + to) / 2) * box.width, y);
      await page.mouse.move(box.x + to * box.width, y);
      await page.mouse.up();
    }

    /** Times of the selection in seconds, and its energy in joules, as the page tells them. */
    async function told(page: Page): Promise<{ from: number; to: number; joules: number }> {
      const output = outputOf(page);
      const text = (await output.textContent()) ?? '';
      const [, value, prefix] = /\): ([\d.,]+) ([nµm]?)J modelled at 3\.3 V/.exec(text) ?? [];
      expect(value, text).to.not.equal(undefined);
      const factor = { n: 1e-9, µ: 1e-6, m: 1e-3, '': 1 }[prefix] ?? Number.NaN;
      return {
        from: Number(await output.getAttribute('data-from')),
        to: Number(await output.getAttribute('data-to')),
        joules: Number(value.replaceAll(',', '')) * factor,
      };
    }

    /** The energy of the record itself, and what the ends of the selection leave open: a drawn sample at each. */
    function expectEnergy({ from, to, joules }: { from: number; to: number; joules: number }): void {
      const own = chargeOf(trace, from, to) * volts;
      const open = 2 * 5e-6 * 4e-3 * volts;
      expect(joules).to.be.closeTo(own, open + own * 1e-3);
    }

    it('should give the energy of a dragged selection, before and after a zoom', async () => {
      await visit({}, async page => {
        await drag(page, 0.2, 0.7);
        const wide = await told(page);
        expect(wide.from).to.be.closeTo(0.2 * 4.999e-3, 2e-5);
        expect(wide.to).to.be.closeTo(0.7 * 4.999e-3, 2e-5);
        expectEnergy(wide);
        await figureOf(page).getByRole('button', { name: 'Zoom to selection' }).click();
        await drag(page, 0.25, 0.5);
        const narrow = await told(page);
        expect(narrow.to - narrow.from).to.be.closeTo(0.25 * (wide.to - wide.from), 2e-5);
        expectEnergy(narrow);
      });
    });

    it('should overlay another trace, and be led by the keyboard', async () => {
      await visit({}, async page => {
        const figure = figureOf(page);
        await figure.locator('select').selectOption({ index: 1 });
        expect(await figure.locator('path.line-1').getAttribute('d')).to.match(/^M0 /);
        const plot = figure.locator('svg.plot');
        await plot.focus();
        for (let i = 0; i < 10; i += 1) await plot.press('Shift+ArrowRight');
        const selection = await told(page);
        expect(selection.to).to.be.closeTo(0.1 * 4.999e-3, 1e-6);
        expectEnergy(selection);
        expect(await outputOf(page).textContent()).to.contain('1B6S in the same time');
        await plot.press('Escape');
        expect(await outputOf(page).textContent()).to.not.contain('Selection');
      });
    });

    it('should be missed by nobody: without scripts every picture and table is there', async () => {
      await visit({ javaScriptEnabled: false }, async page => {
        expect(await page.locator('.viewer').count()).to.equal(0);
        expect(await page.locator('svg.plot').count()).to.equal(html.match(/class="plot"/g)?.length);
        expect(await page.locator('#traces svg.plot path.line').count()).to.equal(4);
      });
    });
  });
