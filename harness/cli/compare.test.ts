import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { littlefirst } from '../testing/cli.js';
import { testJournal, testLevels, writeTestRun } from '../testing/record/run.js';

const runOf = (factor: number): Promise<string> => {
  const records = testJournal({ levels: testLevels.slice(0, 1), energy: 'measured' });
  for (const record of records)
    if (record.kind === 'energy') record.bigMicrojoules = record.bigMicrojoules.map(value => value * factor);
  return writeTestRun(records);
};

describe('littlefirst compare and history', () => {
  let cwd: string;
  let [before_, worse] = ['', ''];
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'littlefirst-compare-'));
    [before_, worse] = [await runOf(1), await runOf(1.2)];
  });

  it('prints what became worse, as text, Markdown and JSON, and writes a page', async () => {
    const text = await littlefirst(cwd, 'compare', before_, worse, '--html', 'page.html');
    expect(text.code, text.err).to.equal(0);
    expect(text.out).to.contain('WORSE: ').and.to.contain('energy / window');
    expect(text.out.trimEnd().split('\n').at(-1)).to.equal(join(cwd, 'page.html'));
    expect(await readFile(join(cwd, 'page.html'), 'utf8')).to.contain('WORSE');
    const markdown = await littlefirst(cwd, 'compare', before_, worse, '--markdown');
    expect(markdown.out).to.contain('## littlefirst compare: worse');
    const json = JSON.parse((await littlefirst(cwd, 'compare', before_, worse, before_, '--json')).out);
    expect(json.map(({ verdict }: { verdict: string }) => verdict)).to.deep.equal([
      'worse',
      'no difference shown',
    ]);
  });

  it('ends in 1 for a worse candidate only on request', async () => {
    expect((await littlefirst(cwd, 'compare', before_, worse, '--fail-on', 'worse')).code).to.equal(1);
    expect((await littlefirst(cwd, 'compare', worse, before_, '--fail-on', 'worse')).code).to.equal(0);
  });

  for (const [args, code, error] of [
    [['compare', 'one'], 4, /missing required argument 'candidates'/],
    [['compare', 'no-such-run', 'nor-this'], 4, /LF_RUN_MISSING/],
    [['history', 'no-such-folder'], 4, /LF_RUN_MISSING/],
  ] as const)
    it(`refuses ${args.join(' ')}`, async () => {
      const ended = await littlefirst(cwd, ...args);
      expect(ended.err).to.match(error);
      expect(ended.code).to.equal(code);
    });

  it('refuses a page that cannot be written', async () => {
    const ended = await littlefirst(cwd, 'compare', before_, worse, '--html', 'no/such/folder.html');
    expect(ended.err).to.match(/LF_USAGE/);
    expect(ended.code).to.equal(4);
  });
});
