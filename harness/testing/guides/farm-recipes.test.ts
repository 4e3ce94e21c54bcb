import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { packagePath } from '../../package-root.js';
import { littlefirst } from '../cli.js';
import { codeBlocks } from './blocks.js';

interface Pipeline {
  jobs?: { enqueue?: { steps: { run?: string }[] } };
  nightly?: { script: string[] };
}

describe("the farm's guide", () => {
  const guide = readFileSync(packagePath('docs', 'farm.md'), 'utf8');

  it('has pipelines whose commands are taken as they stand', async () => {
    const pipelines = codeBlocks(guide, 'yaml').map(block => parse(block) as Pipeline);
    const github = pipelines
      .flatMap(({ jobs }) => jobs?.enqueue?.steps ?? [])
      .flatMap(({ run }) => run ?? []);
    const gitlab = pipelines.flatMap(({ nightly }) => nightly?.script ?? []);
    const [groovy] = codeBlocks(guide, 'groovy');
    const jenkins = [...groovy.matchAll(/^ *sh '(.*)'$/gm)].map(([, command]) => command);
    for (const text of [groovy.replace(/'[^']*'/g, '')])
      expect(text.split('{').length, 'braces').to.equal(text.split('}').length);
    for (const steps of [github, gitlab, jenkins]) {
      expect(steps[0]).to.equal('npm ci');
      expect(steps).to.have.length(2);
      const [words] = [steps[1].match(/"[^"]*"|\S+/g)!.map(word => word.replaceAll('"', ''))];
      expect(words.slice(0, 4)).to.deep.equal(['npx', 'littlefirst', 'farm', 'enqueue']);
      /* All of it is understood: what is missing is the farm. */
      const ended = await littlefirst(packagePath('fixtures'), ...words.slice(2), '--dir', 'no-farm-is-here');
      expect(ended.code, ended.err).to.equal(4);
      expect(ended.err)
        .to.match(/nightly\.yaml|no-farm-is-here/)
        .and.to.not.match(/unknown option|too many arguments/);
    }
  });
});
