import { expect } from 'chai';
import { packagePath } from '../../package-root.js';
import { littlefirst } from '../cli.js';
import { groovyBlocks, nightlyRecipes, wordsOf } from './farm-recipes.js';

describe("the farm's guide", () => {
  it('has pipelines whose commands are taken as they stand', async () => {
    for (const text of groovyBlocks().map(block => block.replace(/'[^']*'/g, '')))
      expect(text.split('{').length, 'braces').to.equal(text.split('}').length);
    for (const steps of Object.values(nightlyRecipes())) {
      expect(steps[0]).to.equal('npm ci');
      expect(steps).to.have.length(2);
      const words = wordsOf(steps[1]);
      expect(words.slice(0, 4)).to.deep.equal(['npx', 'littlefirst', 'farm', 'enqueue']);
      /* All of it is understood: what is missing is the farm. harness/farm/pipeline/wait.test.ts has one. */
      const ended = await littlefirst(packagePath('fixtures'), ...words.slice(2), '--dir', 'no-farm-is-here');
      expect(ended.code, ended.err).to.equal(4);
      expect(ended.err)
        .to.match(/nightly\.yaml|no-farm-is-here/)
        .and.to.not.match(/unknown option|too many arguments/);
    }
  });
});
