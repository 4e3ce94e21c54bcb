import { expect } from 'chai';
import { markers, type PowerEvent, type UartByte } from '../machine/machine.js';
import { measureCampaign, prepareCampaign } from '../testing/bench/campaign.js';
import { tampered } from '../testing/bench/tampered-machine.js';
import { TestBench } from '../testing/bench/test-bench.js';
import type { PreparedCampaign } from './bench/prepare.js';
import { createMachine } from './open/machines.js';
import { openDut } from './open/open.js';
import { windowSource } from './window-source.js';

interface Span {
  fromNs: number;
  toNs: number;
}

/** Markers and bytes on the line of emulated boards whose UART keeps to its baud rate, in virtual time. */
class Scope {
  readonly bytes: UartByte[] = [];
  readonly events: PowerEvent[] = [];

  readonly createMachine: typeof createMachine = async (board, options) => {
    const made = await createMachine(board, { ...options, uart: 'paced', reportsUart: true });
    /* Each block's time begins at 0: they are laid one behind the other. */
    let base = 0;
    let latest = 0;
    made.machine.onUart?.(bytes => {
      for (const byte of bytes)
        this.bytes.push({ ...byte, fromNs: base + byte.fromNs, toNs: base + byte.toNs });
    });
    made.machine.onPower(events => {
      for (const event of events) {
        if (event.kind === 'begin') base = latest + 1e9;
        latest = base + event.timeNs;
        this.events.push({ ...event, timeNs: latest });
      }
    });
    return made;
  };

  /** Times in which a window was computed: the lines say gate or Big. */
  get windows(): Span[] {
    const spans: Span[] = [];
    let open: number | undefined;
    for (const { kind, value, timeNs } of this.events) {
      if (kind !== 'marker') continue;
      if (value === markers.gate || value === markers.big) open ??= timeNs;
      else if (open !== undefined) {
        spans.push({ fromNs: open, toNs: timeNs });
        open = undefined;
      }
    }
    return spans;
  }

  /** Windows and the guards between them: from the first window of a batch until the lines say transfer. */
  get batches(): Span[] {
    const spans: Span[] = [];
    let open: Span | undefined;
    for (const { kind, value, timeNs } of this.events) {
      if (kind !== 'marker') continue;
      if (value === markers.gate || value === markers.big) open ??= { fromNs: timeNs, toNs: timeNs };
      if (open !== undefined) open.toNs = timeNs;
      if (value !== markers.transfer || open === undefined) continue;
      spans.push(open);
      open = undefined;
    }
    return spans;
  }

  /** Bytes of which any part was on the line in one of these spans. */
  intruders(spans: readonly Span[], direction: UartByte['direction']): UartByte[] {
    const isInside = ({ fromNs, toNs }: Span) => spans.some(span => fromNs < span.toNs && toNs > span.fromNs);
    return this.bytes.filter(byte => byte.direction === direction && isInside(byte));
  }
}

describe('the line of a measured board', function () {
  this.timeout(240_000);
  /** More than the DUT can hold: several batches, the last one short. */
  const windows = 300;
  const one = { strategies: ['big-only'], levels: ['133MHz'] };
  let bench: TestBench;
  let prepared: PreparedCampaign;

  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      data: { set: 'synthetic', windows, seed: 3, order: 'chronological' },
    });
    prepared = await prepareCampaign(bench);
  });
  after(() => bench.remove());

  it('carries no byte in either direction while a window is computed, in any block of a campaign', async () => {
    const scope = new Scope();
    const options = { machines: 1, createMachine: scope.createMachine };
    const { blocks } = (await measureCampaign(bench, options, prepared)).record;
    expect(blocks.map(block => block.windows)).to.deep.equal(new Array(3).fill(windows));
    expect(blocks.map(block => block.valid)).to.deep.equal(new Array(3).fill(true));
    expect(scope.windows.length).to.be.at.least(3 * windows);
    expect(scope.batches.length, 'two batches a block, and its warm-up').to.be.at.least(3 * 3);
    const { windowBytes } = prepared.duts[0].bundles[0];
    expect(scope.bytes.filter(({ direction }) => direction === 'to-dut').length).to.be.above(
      (3 * windows * windowBytes) / 2,
    );
    for (const spans of [scope.windows, scope.batches])
      for (const direction of ['to-dut', 'to-host'] as const)
        expect(scope.intruders(spans, direction)).to.deep.equal([]);
  });

  it('makes a block that is repeated when frames went out again after a silence', async () => {
    let left = 1;
    const toDut = (chunk: Buffer): Buffer => {
      const isBatch = chunk.length > 1000;
      left -= isBatch ? 1 : 0;
      return isBatch && left === 0 ? chunk.subarray(0, 900) : chunk;
    };
    const options = { budgets: { stream: 500 }, createMachine: tampered({ toDut }) };
    const { records, record } = await measureCampaign(bench, options, await prepareCampaign(bench, one));
    const faults = records.filter(record => record.kind === 'fault');
    const repeated = faults.find(({ action }) => action === 'block repeated');
    expect(repeated?.message).to.match(/^uart: frames went out again 1 time/);
    const [block] = record.blocks;
    expect([block.valid, block.goldenMismatches]).to.deep.equal([true, 0]);
  });

  it('is seen to carry bytes in windows that are streamed without being measured', async () => {
    const scope = new Scope();
    const [first] = prepared.duts;
    const [bundle] = first.bundles;
    const dut = await openDut(first, { createMachine: scope.createMachine });
    try {
      await dut.flash?.(bundle.blob);
      await dut.client.sync();
      await dut.client.strategy('big-only');
      const source = windowSource(bundle.windows, bundle.bundle.description.window, 0, windows);
      await dut.client.streamWindows(source, { quiet: false, onResult: () => {} });
      await dut.settle();
    } finally {
      await dut.close();
    }
    expect(scope.windows.length).to.equal(windows);
    expect(scope.intruders(scope.windows, 'to-dut').length).to.be.above(0);
  });
});
