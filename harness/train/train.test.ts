import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { synthesizeWearer } from '../data/synthetic/data-set.js';
import type { WindowSet } from '../data/types.js';
import { sealWindowSet } from '../data/window-set.js';
import { loadBundle } from '../model/load.js';
import { failure } from '../testing/failure.js';
import { trainableBundles, trainBundle, trainBundleOn } from './train.js';

/** Few windows of several made-up people. */
function fewWindows(): WindowSet {
  const set = synthesizeWearer({ split: 'train', order: 'published', windows: 1000, seed: 1 });
  const keep = (_: number, w: number): boolean => w % 8 === 0;
  return sealWindowSet({
    ...set,
    starts: set.starts.filter(keep),
    labels: set.labels.filter(keep),
    subjects: set.subjects.filter(keep),
    resets: Uint32Array.of(0),
  });
}

describe('trainBundle', () => {
  const options = { root: 'nowhere', out: 'nowhere', seed: 1, onProgress: () => undefined };

  it('should name the bundles that it can train', async () => {
    const error = await failure(() => trainBundle('mine', options), 'LF_USAGE');
    expect(trainableBundles).to.deep.equal(['paper', 'little-first-a', 'little-first-b']);
    for (const name of trainableBundles) expect(error.message).to.include(name);
  });

  it('should refuse folds that leave nobody to train on', async () => {
    await failure(() => trainBundle('paper', { ...options, folds: 0 }), 'LF_USAGE');
    await failure(() => trainBundle('little-first-a', { ...options, folds: 1 }), 'LF_USAGE');
  });

  it('should say which data are missing', async () => {
    await failure(() => trainBundle('paper', options), 'LF_DATA_MISSING');
  });
});

describe('a training of little-first-b on a few windows', function () {
  this.timeout(300_000);
  const messages: string[] = [];
  let out: string;
  let html: string;
  before(async () => {
    out = await mkdtemp(join(tmpdir(), 'littlefirst-train-'));
    await trainBundleOn('little-first-b', fewWindows(), out, {
      seed: 3,
      folds: 2,
      onProgress: message => messages.push(message),
    });
    html = await readFile(join(out, 'training.html'), 'utf8');
  });
  after(() => rm(out, { recursive: true, force: true }));

  it('should write a bundle that loads', async () => {
    const { networks, description } = await loadBundle(out);
    expect(networks.map(({ name, macs }) => [name, macs])).to.deep.equal([
      ['static', 384],
      ['big', 17_552],
    ]);
    expect(description.origin).to.include('--seed 3');
    expect(description.strategies[0]).to.deep.nested.include({ 'policy.settle': { near: 4, far: 5 } });
  });

  it('should keep curves, out-of-fold answers and operating points', async () => {
    const json = JSON.parse(await readFile(join(out, 'training.json'), 'utf8'));
    expect(
      json.curves.map((c: { part: string; losses: number[] }) => [c.part, c.losses.length]),
    ).to.deep.equal([
      ['all people', 10],
      ['all people', 240],
      ['fold 1 of 2', 10],
      ['fold 2 of 2', 10],
      ['fold 1 of 2', 240],
      ['fold 2 of 2', 240],
    ]);
    const { points, chosen } = json.operatingPoints;
    expect(points).to.have.length(4);
    expect(points[chosen].settings).to.deep.equal([0.88]);
    const cells: number[] = json.validation.confusion.flat();
    const windows = cells.reduce((a, b) => a + b, 0);
    const diagonal = cells.filter((_, i) => i % 7 === 0).reduce((a, b) => a + b, 0);
    expect([windows, diagonal]).to.deep.equal([points[chosen].windows, points[chosen].correct]);
    expect(windows).to.equal(125);
  });

  it('should say network, epoch, loss and what is left', () => {
    expect(
      messages.some(m => /^network 2 of 6, motion-18k, all people: epoch 240 of 240, loss \d/.test(m)),
    ).to.equal(true);
  });

  it('should report on one page without scripts, requests or test people', () => {
    expect(html)
      .to.match(/^<!doctype html>/)
      .and.include("default-src 'none'");
    expect(html).to.not.match(/<script|<link[^>]*href="http|NaN|undefined/);
    for (const id of ['networks', 'validation', 'choices', 'curves'])
      expect(html).to.include(`<section id="${id}">`);
    expect(html.match(/<svg class="plot" role="img" aria-label="[^"]{10,}"/g)).to.have.length(7);
  });
});
