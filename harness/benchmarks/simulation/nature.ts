import { createHash } from 'node:crypto';
import type { Random } from '../../data/random.js';
import type { Spec } from '../../farm/jobs/spec.js';
import type { RunRecord } from '../../record/run-record.js';
import { testJournal, testLevels } from '../../testing/record/run.js';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import type { Failure, Host } from './host.js';

/** Spread of a run, relative; what an image of the second half of the nights needs more; both assumed. */
const [spread, step] = [0.002, 0.02];
/** How often a run ends by whose fault; the rest ends well. */
const faults: readonly (readonly [share: number, failure: Failure])[] = [
  [0.03, { cause: 'bench', code: 'LF_METER_LOSS', message: 'the meter lost samples' }],
  [0.02, { cause: 'dut', code: 'LF_DUT_TIMEOUT', message: 'the board does not answer' }],
  [0.005, { cause: 'input', code: 'LF_CONFIG_INVALID', message: 'there is no such level' }],
];
/** Share of runs whose target is missed. */
const missed = 0.15;

/** Boards, meters and images as they are, whatever anybody is told of them. */
export class Nature {
  private readonly template: RunRecord = evaluate(
    testJournal({
      ...{ windows: 6, levels: testLevels.slice(0, 1), strategies: ['big-only', '1B6S'], energy: 'measured' },
    }),
  );
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly random: Random,
    private readonly beginning: number,
    private readonly nights: number,
  ) {}

  /** The content of a night's image. */
  imageOf(night: number): string {
    const content = `image ${night}`;
    this.numbers.set(createHash('sha256').update(content).digest('hex'), night);
    return content;
  }

  /** What a run of an image measures on a bench, as the bench's clock dates it. */
  measure = (
    { name, devices: [{ board }], skew }: Host,
    { firmwareSha256, strategies }: Spec,
    { attempt, fence }: { attempt: string; fence: number },
    began: number,
  ): RunRecord => {
    const { template, random } = this;
    const number = firmwareSha256 === undefined ? 0 : this.numbers.get(firmwareSha256)!;
    const isWorse = board === 'rp2040' && number >= this.nights / 2;
    const startedAt = new Date(this.beginning + began + skew).toISOString();
    const factor =
      (1 + (isWorse ? step : 0)) * (1 + (createHash('sha256').update(name).digest()[0] - 128) / 2000);
    const { provenance } = template;
    return {
      ...template,
      ...{ id: `run-${attempt}`, lease: { fence, attempt }, startedAt, finishedAt: startedAt },
      outcome: random.uniform() < missed ? 'fail' : 'pass',
      provenance: {
        ...provenance,
        firmware: { ...provenance.firmware, sha256: firmwareSha256 ?? provenance.firmware.sha256 },
      },
      blocks: template.blocks
        .filter(block => strategies === 'all' || strategies.includes(block.strategy))
        .map(block => ({
          ...block,
          board,
          energyPerWindow_uJ: {
            ...block.energyPerWindow_uJ!,
            value: block.energyPerWindow_uJ!.value * factor * Math.exp(random.normal(spread)),
            ci95: undefined,
          },
        })),
    };
  };

  /** Whose fault ends a run on a bench. */
  faultOf = ({ isIll }: Host, isPowerCycled: boolean): Failure | undefined => {
    if (isIll) return faults[0][1];
    let luck = this.random.uniform();
    for (const [share, failure] of faults) {
      /* A board that hangs mostly comes back from a cold start. */
      luck -= failure.cause === 'dut' && isPowerCycled ? share / 4 : share;
      if (luck < 0) return failure;
    }
    return undefined;
  };
}
