import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import { execa } from 'execa';
import { Random } from '../data/random.js';
import { emulatedMeterDrivers } from '../emulator/instruments/open.js';
import { canonicalJournal } from '../record/journal/canonical.js';
import type { JournalRecord } from '../record/journal/records.js';
import { prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import type { CampaignOptions } from './campaign.js';
import { createMachine } from './open/machines.js';

type Changes = Record<string, unknown>;

/** A short campaign of several blocks. */
const short = (changes: Changes): Changes => ({
  strategies: ['big-only', '1BDD'],
  levels: ['24MHz'],
  data: { set: 'synthetic', windows: 12, seed: 3 },
  ...changes,
});

/** Errors that an instrument draws at random; the ideal meter and none make none. */
const noisy = (driver: string): Changes => {
  if (driver === 'direct' || driver === 'none') return { driver };
  const errors = driver === 'ppk2' ? { noiseSteps: 2, loss: 1e-4 } : { noiseAmps: 2e-6, seed: 7 };
  return { driver, errors, record: true };
};

interface Seen {
  /** The canonical journal, as JSON. */
  journal: string;
  /** SHA-256 of each recording. */
  recordings: [string, string][];
  records: JournalRecord[];
}

async function run(bench: TestBench, options: Partial<CampaignOptions> = {}): Promise<Seen> {
  const { folder, records } = await runCampaign(bench, options, await prepareCampaign(bench));
  const names = await readdir(join(folder, 'recordings')).catch(() => []);
  const recordings = await Promise.all(
    names.sort().map(async (name): Promise<[string, string]> => {
      const bytes = await readFile(join(folder, 'recordings', name));
      return [name, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
  return { journal: JSON.stringify(canonicalJournal(records), null, 1), recordings, records };
}

/** Without an instrument, with one that sends a stream, with one that is asked. */
const busyHosts: ReadonlySet<string> = new Set(['none', 'ppk2', 'scpi']);

/** Beside a process that takes a processor of the host for itself. */
async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const burner = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  try {
    return await work();
  } finally {
    burner.kill('SIGKILL');
  }
}

/**
 * Makes machines whose line hands on what the board says in pieces, each in a turn of the host's own, as its reads may cut it.
 * @param mostBytes length of the longest piece
 */
const inPieces =
  (seed: number, mostBytes: number): typeof createMachine =>
  async (board, options) => {
    const emulated = await createMachine(board, options);
    const { machine } = emulated;
    const random = new Random(seed);
    let line = Promise.resolve();
    const uart = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => void machine.uart.write(bytes, error => done(error)),
    });
    uart.on('error', () => {});
    machine.uart.on('error', error => uart.destroy(error));
    machine.uart.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + random.integer(1, mostBytes));
        at += piece.length;
        line = line
          .then(() => new Promise<void>(resolve => setImmediate(resolve)))
          .then(() => void uart.push(piece));
      }
    });
    const own: Partial<typeof machine> = {
      uart,
      settle: async () => {
        await machine.settle();
        await line;
      },
    };
    const get = (_: unknown, key: keyof typeof machine) => {
      const value = own[key] ?? machine[key];
      return typeof value === 'function' ? value.bind(machine) : value;
    };
    return { ...emulated, machine: new Proxy(machine, { get: get as ProxyHandler<typeof machine>['get'] }) };
  };

const blockEnds = (records: readonly JournalRecord[]) => records.filter(({ kind }) => kind === 'block-end');

/** Runs a bench on one machine, then on two, which share the blocks by chance, on a busy host where `isBusy`. */
async function twice(changes: Changes, isBusy: boolean, blocks = 2): Promise<Record<'one' | 'two', Seen>> {
  const bench = await TestBench.make(short(changes));
  try {
    const one = await run(bench, { machines: 1 });
    const onTwo = () => run(bench, { machines: 2 });
    const two = await (isBusy ? whileBusy(onTwo) : onTwo());
    expect(blockEnds(one.records)).to.have.length(blocks);
    return { one, two };
  } finally {
    await bench.remove();
  }
}

function expectSame({ one, two }: Record<'one' | 'two', Seen>, recordings: number): void {
  expect(two.journal).to.equal(one.journal);
  expect(two.recordings).to.deep.equal(one.recordings);
  expect(one.recordings).to.have.length.of.at.least(recordings);
}

describe('a bench and a seed give one journal', function () {
  this.timeout(600_000);

  for (const driver of ['none', ...emulatedMeterDrivers])
    it(`on an emulated rp2040, on one machine or two, ${busyHosts.has(driver) ? 'on a calm host or a busy one' : 'on a calm host'}: meter ${driver}`, async () => {
      const isInstrument = driver !== 'none' && driver !== 'direct';
      expectSame(await twice({ meter: noisy(driver) }, busyHosts.has(driver)), isInstrument ? 2 : 0);
    });

  it('with faults on the line, which strike at the same bytes', async () => {
    const line = [
      { kind: 'corrupt', direction: 'to-dut', at: 3000, bytes: 5, times: 3 },
      { kind: 'drop', direction: 'to-host', at: 400, bytes: 20, times: 2 },
    ];
    const seen = await twice({ meter: { driver: 'ppk2' }, faults: { line, seed: 5 } }, true);
    expect(seen.one.records.filter(({ kind }) => kind === 'fault')).to.have.length.above(1);
    expectSame(seen, 0);
  });

  it('with what goes on from block to block: passes, a drift, a known load', async () => {
    const meter = {
      driver: 'ppk2',
      errors: { driftAmpsPerSecond: 1e-5 },
      knownLoad: { ohms: 1000, seconds: 0.05 },
    };
    const seen = await twice({ meter, passes: 2 }, false, 4);
    expect(seen.one.records.filter(({ kind }) => kind === 'known-load')).to.have.length(2);
    expectSame(seen, 0);
  });

  it('however the reads of the host cut what the board says, in blocks of several batches', async () => {
    const data = { set: 'synthetic', windows: 160, seed: 3 };
    const bench = await TestBench.make(short({ strategies: ['big-only'], data, meter: { driver: 'ppk2' } }));
    try {
      const whole = await run(bench, { machines: 1 });
      const cut = await run(bench, { machines: 1, createMachine: inPieces(4, 600) });
      expect(blockEnds(whole.records)).to.have.length(1);
      expect(cut.journal).to.equal(whole.journal);
    } finally {
      await bench.remove();
    }
  });

  it('but another seed gives another one', async () => {
    const energies = async (seed: number): Promise<string> => {
      const bench = await TestBench.make(short({ meter: { driver: 'ppk2' }, seed }));
      try {
        const { records } = await run(bench);
        const found = records.filter(({ kind }) => kind === 'energy');
        expect(found).to.have.length.of.at.least(2);
        return JSON.stringify(canonicalJournal(found));
      } finally {
        await bench.remove();
      }
    };
    expect(await energies(1)).to.not.equal(await energies(2));
  });
});

if (!(await execa('qemu-system-arm', ['--version'], { reject: false })).failed)
  describe('a bench and a seed give one journal on boards in QEMU', function () {
    this.timeout(600_000);

    for (const [board, driver] of [
      ['lm3s6965', 'ppk2'],
      ['lm3s6965', 'none'],
      ['lm3s6965-m4', 'joulescope'],
    ])
      it(`${board} with meter ${driver}`, async () => {
        const own = { board, levels: ['48MHz'] };
        expectSame(
          await twice({ ...own, meter: noisy(driver) }, board === 'lm3s6965'),
          driver === 'none' ? 0 : 2,
        );
      });
  });
