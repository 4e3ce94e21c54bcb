/** Attempts of one job that may end by each cause (docs/farm.md): more would be a retry that nobody promised. */
const most: Record<string, number> = { bench: 3, dut: 2, input: 1, cancelled: 1 };

/** What the audit log says of one job: it ends once, with one run or a stated cause, and is never tried again after a result. */
export class JobTrail {
  private running: string | undefined;
  private run: { run: string; outcome: string } | undefined;
  private isCancelled = false;
  private isGivenUp = false;
  private readonly failed = new Map<string, number>();

  constructor(
    readonly job: string,
    private readonly violated: (what: string) => void,
  ) {}

  get hasEnded(): boolean {
    return this.run !== undefined || this.isCancelled || this.isGivenUp;
  }

  begun({ attempt, fence }: { attempt: string; fence: number }): void {
    if (this.running !== undefined)
      this.violated(`job ${this.job} began again by lease ${fence} while it ran`);
    if (this.run !== undefined)
      this.violated(
        `job ${this.job} began again by lease ${fence} after its run was counted (${this.run.outcome})`,
      );
    if (this.isCancelled || this.isGivenUp) this.violated(`job ${this.job} began again after it had ended`);
    this.running = attempt;
  }

  counted({ run, outcome }: { run: string; outcome: string }): void {
    if (this.run !== undefined) this.violated(`job ${this.job} has two runs: ${this.run.run} and ${run}`);
    if (this.isCancelled) this.violated(`job ${this.job} was cancelled and has a run`);
    if (this.running !== undefined && `run-${this.running}` !== run)
      this.violated(`a run of job ${this.job} was counted while another attempt of it ran`);
    this.running = undefined;
    this.run = { run, outcome };
  }

  other(action: string, detail: Record<string, unknown>): void {
    if (action === 'attempt-failed') {
      const { cause, code } = detail as { cause: string; code: string };
      this.running = undefined;
      const count = (this.failed.get(cause) ?? 0) + 1;
      this.failed.set(cause, count);
      if (count > most[cause]) this.violated(`job ${this.job} failed ${count} times by ${cause} (${code})`);
    }
    if (action === 'job-cancelled') this.isCancelled = true;
    if (action === 'job-ended') {
      if (this.hasEnded) this.violated(`job ${this.job} ended twice`);
      if (this.failed.size === 0) this.violated(`job ${this.job} ended without a cause`);
      if (detail.reason === 'it was cancelled') this.isCancelled = true;
      else this.isGivenUp = true;
    }
  }
}
