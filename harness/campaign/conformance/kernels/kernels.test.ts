import { expect } from 'chai';
import { execa } from 'execa';
import { GoldenNetwork } from '../../../model/golden/network.js';
import { stepOps } from '../../../model/pack/blob.js';
import { packBundle } from '../../../model/pack/bundle.js';
import { tunedLayouts } from '../../../model/pack/kernels.js';
import { lowerNetwork } from '../../../model/pack/lower.js';
import type { Core } from '../../../model/pack/step.js';
import { emulatedBench, patched, thumb } from '../../../testing/boards/patched.js';
import { checkConformance } from '../run.js';
import { packTrials, variantsOf } from './bundles.js';
import { trials } from './trials.js';

const cores: readonly Core[] = ['m0p', 'm3', 'm4'];

const packer =
  (core: Core, flashBytes: number): Parameters<typeof packTrials>[1] =>
  (bundle, layouts) =>
    packBundle(bundle, { core, levels: [], flashBytes, ramArenaBytes: 4096, layouts }).blob;

describe('the shapes that a port is tried with', () => {
  it('should need every operator of the packer, and every kernel of each core', () => {
    const needed = trials().flatMap(({ network }) => lowerNetwork(network).nodes.map(({ step }) => step.op));
    expect([...new Set(needed)].sort()).to.deep.equal(Object.keys(stepOps).sort());
    for (const core of cores) {
      const names = new Set(variantsOf(core).map(({ layout }) => layout.name));
      const kernels = tunedLayouts.filter(layout => layout.core === core).map(({ name }) => name);
      expect([...names].sort()).to.deep.equal(['reference', ...kernels].sort());
    }
  });

  it('should be computed by the kernel that each is meant for', () => {
    for (const core of cores) {
      const variants = variantsOf(core);
      const asked: string[] = [];
      const { packed } = packTrials(variants, (bundle, layouts) => {
        const { perNetwork, blob } = packBundle(bundle, {
          ...{ core, levels: [], flashBytes: 2 ** 20, ramArenaBytes: 4096, layouts },
        });
        for (const { steps } of perNetwork) {
          const used = steps.map(({ kernel }) => kernel).filter(kernel => kernel !== 'input');
          asked.push(used.find(kernel => kernel !== 'reference') ?? 'reference');
        }
        return blob;
      });
      expect(asked).to.deep.equal(variants.map(({ layout }) => layout.name));
      expect(packed.flatMap(bundle => bundle.variants)).to.deep.equal(variants);
    }
  });

  it('should give outputs that say something, not the ends of the range alone', () => {
    for (const { title, network } of trials()) {
      const golden = new GoldenNetwork(network);
      const { shape, type } = network.tensors[network.inputs[0]];
      const values = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 89) % 256);
      const counts =
        type === 'uint8' ? Uint8Array.from(values) : Int8Array.from(values, value => value - 128);
      expect(new Set(golden.run([counts])[0]).size, title).to.be.at.least(3);
    }
  });

  it('should come in as many blobs as a small flash needs, and say what does not fit', () => {
    const variants = variantsOf('m3');
    const { packed, tooLarge } = packTrials(variants, packer('m3', 2048));
    expect(packed.every(({ blob }) => blob.length <= 2048)).to.equal(true);
    expect(tooLarge.length).to.be.within(1, variants.length / 4);
    expect(packed.flatMap(bundle => bundle.variants).length + tooLarge.length).to.equal(variants.length);
  });
});

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed)
  describe('the check of kernels on an emulated board', () => {
    it('names the kernels that are wrong in an image, and no others', async () => {
      const broken = await patched(await emulatedBench('lm3s6965'), 'lf_dense_run', thumb.nothing);
      const findings = await checkConformance(broken, { only: ['kernels'] });
      const { verdict, seen } = findings.find(({ check }) => check === 'kernels')!;
      expect(verdict, seen).to.equal('fail');
      expect(seen).to.match(/^m3-dense \(dense of 96 to 12\): [23] of 3 windows; m3-dense \(/);
      expect(seen.replaceAll('m3-dense', '')).not.to.match(/m3-|reference/);
    }).timeout(600_000);
  });
