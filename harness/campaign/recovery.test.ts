import { expect } from 'chai';
import { execa } from 'execa';
import type { DebuggedMachine } from '../emulator/gdb-server.js';
import { addressOf } from '../emulator/rp2040/symbols.js';
import type { FaultRecord, WindowsRecord } from '../record/journal/records.js';
import { type Collected, prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TamperedMachine, type Tampering } from '../testing/bench/tampered-machine.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { withCrc } from '../testing/dut/lines.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import { DirectFlasher } from '../wire/flash/direct.js';
import type { PreparedCampaign } from './bench/prepare.js';
import type { CampaignOptions } from './campaign.js';
import { createMachine } from './open/machines.js';

/** What a fault may do: to the board itself, and to the bytes on the line. */
interface FaultyBoard extends Tampering {
  /** Called once, in the middle of the measured windows. */
  strike: () => void;
}

type MakeFault = (machine: DebuggedMachine) => FaultyBoard;

/** Bytes on their way to the DUT before a fault: set-up and warm-up are over, and not all of the block's windows are sent. */
const strikeBytes = 6_000;

const text = (chunk: Buffer): string => chunk.toString('latin1');

const hasQemu = (await execa('qemu-system-arm', ['--version'], { reject: false })).code !== 'ENOENT';

/** A fault that lies on the line until the supply was off. */
function untilPowerCycle(toHost: (chunk: Buffer) => Buffer): FaultyBoard {
  let struck = false;
  return {
    strike: () => {
      struck = true;
    },
    toHost: chunk => (struck ? toHost(chunk) : chunk),
    power: on => {
      if (!on) struck = false;
    },
  };
}

describe('recovery in a campaign', function () {
  this.timeout(180_000);
  let bench: TestBench;
  let prepared: PreparedCampaign;
  let clean: Collected;

  async function collect(
    fault?: MakeFault,
    what = prepared,
    recovery?: CampaignOptions['recovery'],
    budgets?: CampaignOptions['budgets'],
  ): Promise<Collected> {
    const create: typeof createMachine = async (board, options) => {
      const made = await createMachine(board, options);
      const faulty = fault?.(made.machine as DebuggedMachine);
      if (faulty === undefined) return made;
      let sent = 0;
      const machine = new TamperedMachine(made.machine, {
        ...faulty,
        toDut: chunk => {
          if (sent < strikeBytes && sent + chunk.length >= strikeBytes) faulty.strike();
          sent += chunk.length;
          return chunk;
        },
      });
      return { ...made, machine, flasher: new DirectFlasher(machine) };
    };
    const options = {
      createMachine: create,
      machines: 1,
      recovery,
      /* Waits in which the board stands still pass on the host's clock, and a stream waits several times: they are most of the time that these tests take. */
      budgets: { stream: 600, 'stream-end': 250, sync: 1_500, ...budgets },
    };
    return runCampaign(bench, options, what);
  }

  const faultsOf = ({ records }: Collected): FaultRecord[] =>
    records.filter(({ kind }) => kind === 'fault') as FaultRecord[];

  /** The labels after the last start of each block. */
  function labelsOf({ records }: Collected): string[] {
    const labels: string[] = [];
    for (const record of records) {
      if (record.kind === 'block-start') labels[record.block] = '';
      if (record.kind === 'windows') labels[record.block] += (record as WindowsRecord).labels.join('');
    }
    return labels;
  }

  before(async () => {
    bench = await TestBench.make();
    prepared = await prepareCampaign(bench, { strategies: ['1BDD'], levels: ['133MHz'] });
    clean = await collect();
    expect(clean.error).to.equal(undefined);
  });
  after(() => bench.remove());

  /** The fault, and what may have noticed it. */
  const kinds: Record<string, { fault: MakeFault; code: string; phase: RegExp; cycled: boolean }> = {
    'a hang': {
      fault: machine => ({
        strike: () => void machine.halt(true),
        power: () => machine.halt(false),
      }),
      code: 'LF_DUT_TIMEOUT',
      phase: /^stream$/,
      cycled: true,
    },
    'a brown-out': {
      fault: machine => ({ strike: () => void machine.power(false) }),
      code: 'LF_DUT_TIMEOUT',
      phase: /^stream$/,
      cycled: true,
    },
    'a reboot in the middle of a window': {
      fault: machine => ({ strike: () => void machine.reset() }),
      code: 'LF_DUT_(REPLY|TIMEOUT)',
      phase: /^(windows|stream)$/,
      cycled: false,
    },
    'a silent board': {
      fault: () => untilPowerCycle(() => Buffer.alloc(0)),
      code: 'LF_DUT_TIMEOUT',
      phase: /^stream$/,
      cycled: true,
    },
    'a babbling board': {
      fault: () =>
        untilPowerCycle(chunk =>
          Buffer.from(
            text(chunk)
              .replace(/[^\r\n]/g, '~')
              .repeat(20),
            'latin1',
          ),
        ),
      code: 'LF_DUT_(REPLY|TIMEOUT)',
      phase: /^(windows|stream)$/,
      cycled: true,
    },
    "a board that answers with yesterday's output": {
      fault: () => {
        const yesterday: Buffer[] = [];
        let at = 0;
        const stale = untilPowerCycle(() => yesterday[at++ % yesterday.length]);
        return {
          ...stale,
          toHost: chunk => {
            const sent = stale.toHost!(chunk);
            if (sent === chunk) yesterday.push(chunk);
            return sent;
          },
        };
      },
      code: 'LF_DUT_(REPLY|TIMEOUT)',
      phase: /^(windows|stream)$/,
      cycled: true,
    },
  };

  for (const [kind, { fault, code, phase, cycled }] of Object.entries(kinds))
    it(`notices ${kind} in its phase, brings the board back, and measures the block again`, async () => {
      const spoilt = await collect(fault);
      expect(spoilt.error?.message).to.equal(undefined);
      const faults = faultsOf(spoilt);
      const failed = faults.find(({ action }) => action.startsWith('failed in'));
      expect(failed?.code).to.match(new RegExp(code));
      expect(/"([^"]*)"/.exec(failed!.action)![1]).to.match(phase);
      const actions = faults.map(({ action }) => action);
      expect(actions.some(action => action.endsWith('power-cycle done'))).to.equal(cycled);
      expect(actions.some(action => action.endsWith('identify done'))).to.equal(true);
      expect(evaluate(spoilt.records).blocks.map(({ valid }) => valid)).to.deep.equal([true]);
      expect(labelsOf(spoilt)).to.deep.equal(labelsOf(clean));
      expect(spoilt.records.filter(({ kind }) => kind === 'block-start')).to.have.length(2);
    });

  if (hasQemu)
    it('brings a board in QEMU back from a brown-out', async () => {
      const qemu = await TestBench.make({ board: 'lm3s6965', strategies: ['1BDD'], levels: ['48MHz'] });
      const spoilt = await collect(
        machine => ({ strike: () => void machine.power(false) }),
        await prepareCampaign(qemu),
      );
      await qemu.remove();
      expect(spoilt.error?.message).to.equal(undefined);
      const actions = faultsOf(spoilt).map(({ action }) => action);
      expect(actions).to.include('recovery after "stream": power-cycle done');
      const { blocks } = evaluate(spoilt.records);
      expect(blocks.map(({ valid, goldenMismatches }) => [valid, goldenMismatches])).to.deep.equal([
        [true, 0],
      ]);
    });

  it('names a watchdog that restarted the board as the cause', async () => {
    const slow = await TestBench.make({ strategies: ['1BDD'], levels: ['24MHz'] });
    const what = await prepareCampaign(slow);
    const [{ address, data }] = what.duts[0].firmware.segments;
    const at = await addressOf('cascade_step');
    const original = data.slice(at - address, at - address + 2);
    const spoilt = await collect(
      machine => ({
        strike: () => void machine.load([{ address: at, data: Uint8Array.of(0xfe, 0xe7) }]), // b .
        toHost: chunk => {
          if (text(chunk).includes('m-')) void machine.load([{ address: at, data: original }]);
          return chunk;
        },
      }),
      what,
      undefined,
      { sync: 15_000 },
    );
    await slow.remove();
    expect(spoilt.error?.message).to.equal(undefined);
    const faults = faultsOf(spoilt);
    const cause = 'The DUT restarted by itself since the block began: watchdog';
    expect(faults.filter(({ message }) => message === cause)).to.have.length(1);
    expect(faults.map(({ action }) => action).join()).to.match(/cause of the failure in "(windows|stream)"/);
    expect(faults.some(({ action }) => action.includes('power-cycle'))).to.equal(false);
    const { blocks } = evaluate(spoilt.records);
    expect(blocks.map(({ valid, goldenMismatches }) => [valid, goldenMismatches])).to.deep.equal([[true, 0]]);
    const identities = spoilt.records.filter(record => record.kind === 'identity');
    expect(identities.map(({ resetReason }) => resetReason)).to.deep.equal([undefined, 'watchdog']);
    expect(new Set(identities.map(({ since }) => since)).size).to.equal(2);
  });

  it("cuts the power by the meter's own supply", async () => {
    const fed = await TestBench.make({
      strategies: ['1BDD'],
      levels: ['24MHz'],
      meter: { driver: 'ppk2' },
      power: { by: 'meter' },
    });
    const switched: boolean[] = [];
    const spoilt = await collect(
      machine => ({
        strike: () => void machine.halt(true),
        power: on => {
          switched.push(on);
          return machine.halt(false);
        },
      }),
      await prepareCampaign(fed),
    );
    await fed.remove();
    expect(spoilt.error?.message).to.equal(undefined);
    const actions = faultsOf(spoilt).map(({ action }) => action);
    expect(actions).to.include('recovery after "stream": power-cycle done');
    expect(switched.slice(-2)).to.deep.equal([false, true]);
    expect(evaluate(spoilt.records).blocks.map(({ goldenMismatches }) => goldenMismatches)).to.deep.equal([
      0,
    ]);
  });

  it('flashes a board again that comes back with another image', async () => {
    const { segments } = prepared.duts[0].firmware;
    const worn = Uint8Array.from(segments[0].data);
    worn[Buffer.from(worn).indexOf('ULPMark')] ^= 1;
    const spoilt = await collect(machine => {
      let struck = false;
      return {
        strike: () => {
          struck = true;
          void machine.power(false);
        },
        power: async on => {
          if (on && struck) await machine.load([{ address: segments[0].address, data: worn }]);
          struck &&= !on;
        },
      };
    });
    expect(spoilt.error?.message).to.equal(undefined);
    const actions = faultsOf(spoilt).map(({ action }) => action.replace(/^.*: /, ''));
    expect(actions.filter(action => / (done|failed)$/.test(action)).slice(-4)).to.deep.equal([
      'power-cycle done',
      'identify done',
      'flash done',
      'identify done',
    ]);
    expect(labelsOf(spoilt)).to.deep.equal(labelsOf(clean));
  });

  it('marks the block invalid and ends the campaign when nothing helps; the journal says what was tried', async () => {
    const dead = await collect(
      () => ({ ...untilPowerCycle(() => Buffer.alloc(0)), power: () => {} }),
      prepared,
      { identify: 1_000 },
    );
    expect(dead.error?.code).to.equal('LF_DUT_TIMEOUT');
    expect(dead.error?.message).to.include('"stream"');
    const ends = dead.records.filter(({ kind }) => kind === 'block-end');
    expect(ends).to.have.length(1);
    expect(ends[0])
      .to.have.property('valid')
      .that.matches(/LF_DUT_TIMEOUT in "stream"/);
    const actions = faultsOf(dead).map(({ action }) => action.replace(/^.*: /, ''));
    expect(actions).to.include.members(['identify failed', 'power-cycle done', 'flash done']);
    expect(dead.records.at(-1)).to.include({ kind: 'finish', outcome: 'aborted' });
  });

  it('neither cycles nor flashes another board that answers in its place', async () => {
    const disguise = (chunk: Buffer): Buffer =>
      Buffer.from(
        text(chunk).replace(
          /(m-lf-id [^\r]*)board=rp2040([^\r]* )\*[0-9A-F]{4}/,
          (_, front: string, rest: string) => {
            const line = `${front}board=rp2041${rest}`;
            return withCrc(line);
          },
        ),
        'latin1',
      );
    let lines = '';
    let struck = false;
    const swapped = await collect(machine => ({
      strike: () => {
        struck = true;
        void machine.reset();
      },
      toHost: chunk => {
        if (!struck) return chunk;
        lines += text(chunk);
        const end = lines.lastIndexOf('\n') + 1;
        const whole = lines.slice(0, end);
        lines = lines.slice(end);
        return disguise(Buffer.from(whole, 'latin1'));
      },
    }));
    expect(swapped.error?.code).to.equal('LF_DUT_IDENTITY');
    expect(swapped.error?.message).to.include('rp2041');
    const actions = faultsOf(swapped).map(({ action }) => action);
    expect(actions.some(action => /power-cycle|flash/.test(action))).to.equal(false);
  });
});
