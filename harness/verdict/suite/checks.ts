import * as chai from 'chai';
import type { Block, RunRecord, Verdict } from '../../record/run-record.js';
import type { BlockData } from '../evaluation/block-data.js';
import { goldenKey } from '../evaluation/block-data.js';
import { blockName } from '../evaluation/blocks.js';
import type { Run } from '../run.js';
import { isLevelReached, littlefirstAssertions } from './assertions.js';
import { type Check, validTitle } from './check.js';
import { Broken, Inconclusive } from './inconclusive.js';
import { strangerChecks } from './stranger-checks.js';

chai.use(littlefirstAssertions);
const { expect } = chai;

const sha256 = /^[0-9a-f]{16,64}$/;

/** Whether one hash is the other's first digits: a DUT tells the first 16 of 64. */
const isSameHash = (a: string, b: string): boolean =>
  sha256.test(a) && sha256.test(b) && (a.startsWith(b) || b.startsWith(a));

/** @param own the blocks of our own firmware; others prove nothing of themselves */
function provenanceChecks({ provenance }: RunRecord, own: readonly Block[]): Check[] {
  const check = (title: string, verify: () => void): Check => ({ group: 'provenance', title, verify });
  const boards = [...new Set(own.map(block => block.board))];
  const chips = [...new Set(own.map(block => block.chip))];
  const bundles = [...new Set(own.map(block => block.bundle))];
  return [
    check('names the harness: version and commit', () => {
      expect(provenance.harness.version, 'version').to.not.equal('');
      expect(provenance.harness.commit, 'commit').to.not.equal('');
    }),
    check('names the data by hash', () => {
      expect(provenance.dataset.sha256, 'SHA-256 of the data set').to.match(sha256);
      expect(provenance.dataset.windows, 'windows').to.be.greaterThan(0);
    }),
    check('names the meter', () => expect(provenance.meter.model).to.not.equal('')),
    ...boards.map(board =>
      check(`names the firmware of ${board} by hash`, () => {
        const firmware = provenance.firmwares.find(one => one.board === board);
        expect(firmware?.sha256, `SHA-256 of the image of ${board}`).to.match(sha256);
      }),
    ),
    ...chips.map(chip =>
      check(`names the profile of ${chip} by hash`, () => {
        expect(provenance.chips.find(one => one.name === chip)?.sha256, `SHA-256 of ${chip}`).to.match(
          sha256,
        );
      }),
    ),
    ...bundles.map(bundle =>
      check(`names the models of ${bundle} by hash`, () => {
        const models = provenance.models.filter(model => model.bundle === bundle);
        expect(models, `models of ${bundle}`).to.not.have.length(0);
        for (const model of models) expect(model.sha256, `SHA-256 of ${model.name}`).to.match(sha256);
      }),
    ),
  ];
}

/** What a check is that finds nothing to check: an error where the block broke. */
export const openOf = ({ invalidity }: Block, reason: string): Inconclusive | Broken =>
  invalidity === 'broken' ? new Broken(reason) : new Inconclusive(reason);

/** Blobs that the DUT answered in all blocks that used the same board, chip and bundle. */
function blobsLike(data: BlockData, all: readonly BlockData[]): string[] {
  const { board, chip, bundle } = data.key;
  return all
    .filter(({ key }) => key.board === board && key.chip === chip && key.bundle === bundle)
    .flatMap(({ identity }) => (identity === undefined ? [] : [identity.blob]));
}

function identityChecks({ record, journal }: Run, block: Block, data: BlockData): Check[] {
  const check = (title: string, verify: () => void): Check => ({ group: blockName(block), title, verify });
  const identity = () => {
    if (data.identity === undefined) throw openOf(block, 'the DUT was never asked who it is');
    return data.identity;
  };
  return [
    check('runs the firmware that was flashed', () => {
      const { image, flashed } = identity();
      const wanted =
        flashed?.image ?? record.provenance.firmwares.find(one => one.board === block.board)?.sha256 ?? '';
      expect(isSameHash(image, wanted), `image ${image} read back, ${wanted} flashed`).to.equal(true);
    }),
    check('holds the bundle that was flashed', () => {
      const { bundle, blob, flashed } = identity();
      expect(bundle, 'bundle').to.equal(block.bundle);
      for (const wanted of flashed === undefined ? blobsLike(data, journal.blocks) : [flashed.blob]) {
        expect(isSameHash(blob, wanted), `blob ${blob} read back, ${wanted} flashed`).to.equal(true);
      }
    }),
    check('answered a nonce of its own', () => {
      const { nonce } = identity();
      const users = journal.blocks.filter(other => other.identity?.nonce === nonce).length;
      expect(nonce, 'nonce').to.match(/^[0-9a-f]+$/i);
      expect(users, `blocks with nonce ${nonce}`).to.equal(1);
    }),
    check('runs at the level that was commanded', () => {
      const { mV, Hz } = identity().level;
      const { level } = block;
      const words = `${mV} mV and ${Hz} Hz read back, ${level.mV} mV and ${level.Hz} Hz commanded`;
      expect(isLevelReached(block), words).to.equal(true);
    }),
    ...(block.level.stages === undefined
      ? []
      : [
          check('changed its level at every escalation', () => {
            const { stages: is } = block;
            const { stages: wanted } = block.level;
            if (is === undefined || wanted === undefined)
              throw openOf(block, 'the DUT did not say what it changed');
            expect(is.changes, 'changes').to.equal(2 * block.bigRuns);
            expect(is.failed, 'changes that failed').to.equal(0);
            for (const stage of ['gate', 'big'] as const) {
              const reached = isLevelReached({ level: wanted[stage], readBack: is[stage] });
              expect(
                reached,
                `${is[stage].mV} mV and ${is[stage].Hz} Hz read back in stage ${stage}`,
              ).to.equal(true);
            }
          }),
        ]),
  ];
}

function answerChecks({ record, journal }: Run, block: Block, data: BlockData): Check[] {
  const check = (title: string, verify: () => void): Check => ({ group: blockName(block), title, verify });
  const golden = () => {
    const answers = journal.golden.get(goldenKey(block.bundle, block.strategy));
    if (answers === undefined)
      throw new Inconclusive('the journal holds no golden answers of this bundle and strategy');
    if (block.windows === 0) throw openOf(block, 'the DUT answered no window');
    return answers;
  };
  return [
    check(validTitle, () => {
      expect(block).to.be.validBlock;
    }),
    check('answered every window', () => {
      if (block.invalidity === 'broken') throw new Broken(`the block is invalid: ${block.valid}`);
      expect(block.windows, 'windows').to.equal(record.provenance.dataset.windows);
    }),
    check('answers like the golden interpreter', () => {
      golden();
      expect(block).to.have.goldenAnswers;
    }),
    check('runs the networks that the golden interpreter runs', () => {
      const { nets } = golden();
      const others = data.nets.filter((mask, w) => mask !== nets[w]).length;
      expect(others, 'windows with other networks').to.equal(0);
    }),
  ];
}

/** Everything that the suite asserts on a run, in the order in which it is reported. */
export function checksOf(run: Run): Check[] {
  const { record, journal } = run;
  const isOurs = journal.campaign.thirdParty === undefined;
  return [
    {
      group: 'campaign',
      title: 'was collected to its end',
      verify: () => {
        if (!journal.complete || record.blocks.length === 0)
          throw new Broken('the campaign was not collected to its end');
      },
    },
    ...provenanceChecks(record, isOurs ? record.blocks : []),
    ...record.blocks.flatMap((block, i) =>
      isOurs
        ? [...identityChecks(run, block, journal.blocks[i]), ...answerChecks(run, block, journal.blocks[i])]
        : strangerChecks(run, block, journal.blocks[i]),
    ),
    ...record.verdicts.map(verdict => ({
      group: `target ${verdict.target}`,
      title: verdict.block,
      verify: () => {
        expect(verdict).to.passVerdict();
      },
    })),
  ];
}

/** The verdict of a check that ended in `error` (undefined: it passed). */
export function verdictOf(error: unknown): Verdict {
  if (error === undefined) return 'pass';
  if (error instanceof Broken) return 'error';
  return error instanceof Inconclusive ? 'inconclusive' : 'fail';
}

/** Runs all checks at once, without a test runner. */
export function runChecks(run: Run): { check: Check; verdict: Verdict; message: string }[] {
  return checksOf(run).map(check => {
    try {
      check.verify();
      return { check, verdict: 'pass', message: '' };
    } catch (error) {
      if (!(error instanceof chai.AssertionError)) throw error;
      return { check, verdict: verdictOf(error), message: error.message };
    }
  });
}
