import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { type DebuggedMachine, serveGdb } from '../emulator/gdb-server.js';
import { openTerminal } from '../emulator/instruments/terminal.js';
import { createRp2040Machine, rp2040Memory } from '../emulator/rp2040/machine.js';
import type { FaultRecord } from '../record/journal/records.js';
import { type Collected, prepareCampaign, runCampaign } from '../testing/bench/campaign.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { littlefirst } from '../testing/cli.js';
import { enumerate } from '../testing/devices/usb.js';
import { evaluate } from '../verdict/evaluation/evaluate.js';
import type { FlashReport } from '../wire/flash/flasher.js';
import type { CampaignOptions } from './campaign.js';

const present = new Set<string>();
for (const tool of ['gdb-multiarch', 'qemu-system-arm'])
  if ((await execa(tool, ['--version'], { reject: false })).code !== 'ENOENT') present.add(tool);

interface Flashed extends Collected {
  reports: FlashReport[];
}

async function collect(bench: TestBench, options: Partial<CampaignOptions> = {}): Promise<Flashed> {
  const reports: FlashReport[] = [];
  const onFlash = (_bundle: string, report: FlashReport) => void reports.push(report);
  return { ...(await runCampaign(bench, { machines: 1, onFlash, ...options })), reports };
}

/** One block was measured, every answer is the golden one, and the journal knows what was flashed. */
function expectMeasured({ records, error }: Collected): void {
  expect(error?.message).to.equal(undefined);
  const { blocks } = evaluate(records);
  expect(blocks.map(block => [block.valid, block.goldenMismatches, block.windows])).to.deep.equal([
    [true, 0, 12],
  ]);
  const identity = records.find(({ kind }) => kind === 'identity');
  expect(identity).to.have.property('flashed');
}

const small = { strategies: ['1BDD'], data: { set: 'synthetic', windows: 12, seed: 3 } };

describe('flashers of a bench file', function () {
  this.timeout(180_000);
  const made: TestBench[] = [];
  const benchWith = async (changes: Record<string, unknown>): Promise<TestBench> => {
    const bench = await TestBench.make({ ...small, ...changes });
    made.push(bench);
    return bench;
  };
  after(() => Promise.all(made.map(bench => bench.remove())));

  const boards: [string, string][] = [['rp2040', '133MHz']];
  if (present.has('qemu-system-arm')) boards.push(['lm3s6965', '48MHz'], ['lm3s6965-m4', '48MHz']);
  const tools = ['gdb-remote', ...(present.has('gdb-multiarch') ? ['gdb'] : [])];

  for (const [board, level] of boards)
    for (const tool of tools)
      it(`${board}: flashed, verified, identified and measured through ${tool}`, async () => {
        const bench = await benchWith({ board, levels: [level], flasher: { tool } });
        const collected = await collect(bench);
        expectMeasured(collected);
        expect(collected.reports).to.have.length(1);
        expect(collected.reports[0].verified).to.be.oneOf(['checksum', 'readback']);
        expect(collected.reports[0].flasher).to.match(tool === 'gdb' ? /^gdb \(/ : /^gdb-qemu$/);
      });

  it('`littlefirst flash` writes through the tool and says how it was proven', async () => {
    const bench = await benchWith({ levels: ['133MHz'], flasher: { tool: 'gdb-remote' } });
    const { code, text: printed } = await littlefirst(bench.folder, 'flash', bench.benchFile);
    expect(code, printed).to.equal(0);
    expect(printed).to.match(/verified by checksum in \d+ ms \(gdb-qemu\)/);
    expect(printed).to.include('board rp2040 runs image');
  });

  it('an emulated board is never left empty, and a real one needs a tool with an address', async () => {
    const none = await collect(await benchWith({ levels: ['133MHz'], flasher: 'none' }));
    expect(none.error?.code).to.equal('LF_CONFIG_INVALID');
    const real = { meter: { driver: 'none' }, levels: ['133MHz'], link: 'tcp:127.0.0.1:1' };
    const { error } = await collect(await benchWith({ ...real, flasher: { tool: 'gdb-remote' } }));
    expect(error?.code).to.be.oneOf(['LF_CONFIG_INVALID', 'LF_LINK_OPEN']);
    const refused = await collect(await benchWith({ ...real, flasher: 'auto' })).catch(thrown => thrown);
    expect(refused.code).to.equal('LF_CONFIG_INVALID');
  });
});

describe('a real board, played by an emulated one', function () {
  this.timeout(180_000);
  let machine: DebuggedMachine;
  let gdb: Awaited<ReturnType<typeof serveGdb>>;
  let bench: TestBench | undefined;

  beforeEach(async () => {
    machine = await createRp2040Machine({ levelHz: [133_000_000, 64_000_000, 48_000_000, 24_000_000] });
    gdb = await serveGdb(machine, rp2040Memory);
  });
  afterEach(async () => {
    await gdb.close();
    await machine.close();
    await bench?.remove();
    bench = undefined;
  });

  const gdbPath = (): string => ('path' in gdb.address ? gdb.address.path : '');

  it('is flashed through its GDB server and measured over a socket', async () => {
    bench = await TestBench.make(small);
    const path = join(bench.folder, 'uart');
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      const pass = (chunk: Buffer) => void socket.write(chunk);
      machine.uart.on('data', pass);
      socket.on('data', chunk => machine.uart.write(chunk));
      socket.on('close', () => machine.uart.off('data', pass));
    }).listen(path);
    await once(server, 'listening');
    const file = await TestBench.make({
      ...small,
      levels: ['133MHz'],
      link: `unix:${path}`,
      meter: { driver: 'none' },
      flasher: { tool: 'gdb-remote', address: gdbPath(), server: 'qemu' },
    });
    try {
      expectMeasured(await collect(file));
    } finally {
      server.close();
      await file.remove();
    }
  });

  it('is found by its serial number beside its twin, browns out, and is switched off and on by a SCPI supply', async () => {
    bench = await TestBench.make({
      ...small,
      levels: ['133MHz'],
      meter: { driver: 'none' },
      device: { serialNumber: 'E66A02' },
      flasher: { tool: 'gdb-remote', address: gdbPath(), server: 'qemu' },
      power: { by: 'scpi', host: '127.0.0.1', port: 1, channels: '(@1)', offMilliseconds: 0 },
    });
    const terminal = openTerminal();
    const twin = openTerminal();
    const root = join(bench.folder, 'root');
    const pico = { vid: '2e8a', pid: '000a', product: 'Pico' };
    const one = { ...pico, serial: 'E66A01', socket: '1.1', target: twin.path };
    const two = { ...pico, serial: 'E66A02', socket: '1.2', target: terminal.path };
    await enumerate(root, [one, two], { sysfs: true, udev: true });
    let heard = 0;
    twin.port.on('data', (chunk: Buffer) => {
      heard += chunk.length;
    });
    let sent = 0;
    machine.uart.on('data', (chunk: Buffer) => void terminal.port.write(chunk));
    terminal.port.on('data', (chunk: Buffer) => {
      if (sent < 3_000 && sent + chunk.length >= 3_000) void machine.power(false);
      sent += chunk.length;
      machine.uart.write(chunk);
    });
    const supply = await scpiSupply(async on => {
      await machine.power(on);
      /* The boards come back the other way round. */
      if (on) await enumerate(root, [two, one], { sysfs: true, udev: true });
    });
    try {
      const prepared = await prepareCampaign(bench);
      prepared.duts[0].bench.power = {
        by: 'scpi',
        host: '127.0.0.1',
        port: supply.port,
        channels: '(@1)',
        offMilliseconds: 0,
      };
      const options = { budgets: { stream: 1_000, sync: 6_000 }, devices: { root, list: async () => [] } };
      const collected = await runCampaign(bench, options, prepared);
      const { records } = collected;
      expectMeasured(collected);
      const actions = records
        .filter(({ kind }) => kind === 'fault')
        .map(fault => (fault as FaultRecord).action);
      expect(actions).to.include('recovery after "stream": power-cycle done');
      expect(supply.heard).to.include.members(['OUTP OFF,(@1)', 'OUTP ON,(@1)']);
      expect(heard, 'bytes for the twin').to.equal(0);
    } finally {
      supply.close();
      terminal.close();
      twin.close();
      await rm(root, { recursive: true });
    }
  });
});

/** A bench supply that understands `OUTP` and does what it is told. */
async function scpiSupply(
  set: (on: boolean) => Promise<void>,
): Promise<{ port: number; heard: string[]; close(): void }> {
  const heard: string[] = [];
  let state = '1';
  const serve = async (socket: Socket) => {
    socket.on('error', () => undefined);
    for await (const chunk of socket.setEncoding('utf8'))
      for (const line of String(chunk).trim().split('\n')) {
        heard.push(line);
        if (line.startsWith('OUTP?')) socket.write(`${state}\n`);
        else {
          state = line.includes('ON') ? '1' : '0';
          await set(state === '1');
        }
      }
  };
  const server: Server = createServer(socket => void serve(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, heard, close: () => server.close() };
}
