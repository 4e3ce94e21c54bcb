import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { parse } from 'yaml';
import { ciNames, ciRecipes } from '../../campaign/init/ci.js';
import { errorActors } from '../../errors.js';
import { packagePath } from '../../package-root.js';
import { TestBench } from '../bench/test-bench.js';
import { anchors, codeBlocks, links } from './blocks.js';
import { troubleshootingText } from './troubleshooting.js';

const read = (path: string): string => readFileSync(packagePath(path), 'utf8');

function pagesBelow(folder: string): string[] {
  return readdirSync(packagePath(folder), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return /node_modules|^dist|^reports|\/build$/.test(path) ? [] : pagesBelow(path);
    return path.endsWith('.md') ? [path] : [];
  });
}
const pages = ['docs', 'harness', 'firmware', 'fixtures']
  .flatMap(pagesBelow)
  .concat('README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md');

/** What is wrong with a link of a page; undefined where it leads somewhere. */
function fault(page: string, address: string): string | undefined {
  if (/^(https?|mailto):/.test(address))
    return /^https:\/\/[\w.-]+\.[a-z]{2,}(\/|$)/.test(address) ? undefined : 'no https address';
  const [path, anchor] = address.split('#');
  const target = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
  if (target.startsWith('..') || !existsSync(packagePath(target))) return 'no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchors(read(target)).has(anchor) ? undefined : 'no such heading';
}

describe('the guides', () => {
  it('lead only to pages and headings that are there', () => {
    const broken = pages.flatMap(page =>
      links(read(page)).flatMap(address => {
        const wrong = fault(page, address);
        return wrong === undefined ? [] : [`${page}: ${address}: ${wrong}`];
      }),
    );
    expect(broken).to.deep.equal([]);
    expect(fault('docs/README.md', 'nowhere.md')).to.equal('no such file');
    expect(fault('docs/README.md', 'ci.md#nowhere')).to.equal('no such heading');
    expect(fault('docs/README.md', 'ci.md#github-actions')).to.equal(undefined);
  });

  it('are all named on their first page', () => {
    const named = links(read('docs/README.md'));
    const guides = readdirSync(packagePath('docs')).filter(
      name => name.endsWith('.md') && name !== 'README.md',
    );
    expect(guides.filter(name => !named.includes(name))).to.deep.equal([]);
  });

  it('tell every code, and are made of the codes as they are', () => {
    const text = read('docs/troubleshooting.md');
    expect(text).to.equal(troubleshootingText());
    for (const code of Object.keys(errorActors)) expect(text).to.contain(`\n### ${code}\n`);
  });
});

describe('files for those who work on the project', () => {
  it('test on the versions of Node that are supported, with what the README says that the tests need', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml'));
    expect(jobs.test.strategy.matrix.node).to.deep.equal([20, 22, 24]);
    const steps = jobs.test.steps.map(({ run }: { run?: string }) => run ?? '').join('\n');
    const [, packages] =
      /apt-get install -y ([\w .+-]+?) *&& npm ci && npm test/.exec(read('README.md')) ?? [];
    expect(packages).to.be.a('string');
    expect(steps)
      .to.contain(`apt-get install -y ${packages}\n`)
      .and.contain('npm ci')
      .and.contain('npm test');
    expect(read('.ci/run')).to.contain(`packages=(${packages})`);
  });

  it('ask in an issue for what doctor says', () => {
    const forms = readdirSync(packagePath('.github', 'ISSUE_TEMPLATE')).filter(name => name !== 'config.yml');
    expect(forms.length).to.be.greaterThan(1);
    for (const form of forms) {
      const { name, description, body } = parse(read(`.github/ISSUE_TEMPLATE/${form}`));
      expect(name, form).to.be.a('string');
      expect(description, form).to.be.a('string');
      const labels = body.map(({ attributes }: { attributes: { label: string } }) => attributes.label);
      expect(labels.join('\n'), form).to.contain('littlefirst doctor --json');
      const ids = body.map(({ id }: { id: string }) => id);
      expect(new Set(ids).size, form).to.equal(ids.length);
    }
  });
});

describe('the guide for continuous integration', function () {
  this.timeout(300_000);
  const guide = read('docs/ci.md');
  const bench = 'bench.yaml';

  it('holds the recipes that init writes', () => {
    for (const name of ciNames) expect(guide, name).to.contain(ciRecipes[name].text(bench));
  });

  /** Shell steps of all recipes; what installs the project is left out, since this is the project. */
  function shellSteps(): string[] {
    const yaml = codeBlocks(guide, 'yaml').map(block => parse(block));
    const github = yaml.flatMap(({ jobs }) => jobs?.energy.steps ?? []).flatMap(({ run }) => run ?? []);
    const gitlab = yaml.flatMap(({ littlefirst }) => littlefirst?.script ?? []);
    const jenkins = codeBlocks(guide, 'groovy').flatMap(block =>
      [...block.matchAll(/^ *sh '(.*)'$/gm)].map(([, command]) => command),
    );
    expect(github).to.have.length(2);
    expect(gitlab).to.deep.equal(github);
    expect(jenkins).to.deep.equal(github);
    return github.filter(step => step !== 'npm ci');
  }

  it('has shell steps that run as they stand', async () => {
    const made = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['1BDD'],
      data: { set: 'synthetic', windows: 12, seed: 3 },
      meter: { driver: 'direct' },
      targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
    });
    const tools = await mkdtemp(join(tmpdir(), 'littlefirst-ci-'));
    const npx = join(tools, 'npx');
    const bin = packagePath('bin', 'littlefirst.js');
    await mkdir(dirname(npx), { recursive: true });
    await writeFile(
      npx,
      `#!/bin/sh\n[ "$1" = littlefirst ] || exit 9\nshift\nexec '${process.execPath}' '${bin}' "$@"\n`,
    );
    await chmod(npx, 0o755);
    const [comment, nightly] = codeBlocks(guide, 'sh');
    const shell = (script: string) =>
      execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: made.folder,
        env: { PATH: `${tools}:${process.env.PATH}`, GITHUB_ACTIONS: '' },
      });
    try {
      await shell(shellSteps().join('\n'));
      expect(existsSync(join(made.folder, 'reports', 'ci', 'junit.xml'))).to.equal(true);
      const { stdout } = await shell(nightly);
      expect(stdout)
        .to.match(/PASS/)
        .and.to.match(/2 runs in/);
      await shell('cp -r reports/nightly reports/main');
      await shell(comment);
      expect(readFileSync(join(made.folder, 'comment.md'), 'utf8')).to.match(/^## littlefirst compare: /);
    } finally {
      await rm(tools, { recursive: true });
      await made.remove();
    }
  });
});
