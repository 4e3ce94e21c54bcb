import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { exitCodes, LittlefirstError } from '../../errors.js';
import { meterDriverNames } from '../../measure/meter/open.js';
import { program } from '../../testing/child.js';
import { type Ended, littlefirst, Text } from '../../testing/cli.js';
import { main } from '../main.js';

describe('littlefirst meter', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-meter-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function meter(...args: string[]): Promise<Ended> {
    return littlefirst(folder, 'meter', ...args);
  }

  /** Serves an instrument while `use` works with it. */
  async function served(
    name: string,
    link: string,
    use: (address: string) => Promise<void>,
    ...more: string[]
  ): Promise<void> {
    const stop = new AbortController();
    const [out, err] = [new Text(), new Text()];
    const args = ['node', 'littlefirst', 'meter', 'emulate', name, '--link', link, '--resistor', '1000'];
    const ended = main([...args, ...more], { out, err, cwd: folder, signal: stop.signal });
    await Promise.race([out.firstLine, err.firstLine]);
    expect(err.text).to.equal('');
    try {
      await use(/ at (\S+);/.exec(out.text)![1]);
    } finally {
      stop.abort();
    }
    expect(await ended).to.equal(0);
  }

  for (const name of meterDriverNames)
    it(`serves an emulated ${name} that its driver measures a resistor with`, async () => {
      await served(name, 'tcp:0', async address => {
        const check = ['check', '--meter', name, '--link', address, '--seconds', '0.3'];
        const right = await meter(...check, '--resistor', '1000');
        expect(right.err).to.equal('');
        expect(right.code).to.equal(0);
        expect(right.out).to.match(/expected 3\.30000 mA/);
        const wrong = await meter(...check, '--resistor', '1200');
        expect(wrong.err).to.match(/LF_METER_CHECK/);
        expect(wrong.code).to.equal(3);
      });
    });

  it('ends a long check when it is told to, and leaves the instrument to the next', async () => {
    await served('lpm01a', 'tcp:0', async address => {
      const check = ['meter', 'check', '--meter', 'lpm01a', '--link', address, '--resistor', '1000'];
      const stop = new AbortController();
      const err = new Text();
      const words = ['node', 'littlefirst', ...check, '--seconds', '36000'];
      /* An hour's check that comes while a short one measures is refused: the two take turns until the short one is. */
      const isRefused = (text: string) => /LF_LINK_BUSY/.test(text);
      const long = async (): Promise<number> => {
        for (;;) {
          const own = new Text(err);
          const code = await main(words, { out: own, err: own, cwd: folder, signal: stop.signal });
          if (!isRefused(own.text)) return code;
        }
      };
      const ended = long();
      while (!isRefused((await littlefirst(folder, ...check, '--seconds', '0.1')).err));
      stop.abort(new LittlefirstError('LF_INTERRUPTED', 'enough'));
      expect(await ended, err.text).to.equal(exitCodes.bench);
      expect(err.text).to.match(/LF_INTERRUPTED {2}enough/);
      const next = await littlefirst(folder, ...check, '--seconds', '0.1');
      expect(next.err).to.equal('');
      expect(next.code).to.equal(0);
    });
  });

  it('makes the errors that it is told to, which the check then finds', async () => {
    await served(
      'ppk2',
      'tcp:0',
      async address => {
        const check = ['check', '--meter', 'ppk2', '--link', address, '--resistor', '1000'];
        const ended = await meter(...check, '--seconds', '0.2');
        expect(ended.err).to.match(/LF_METER_CHECK/);
        expect(ended.err).to.match(/3\.6\d+ mA/);
      },
      '--error',
      'gain=0.1',
    );
    const unknown = await meter('emulate', 'ppk2', '--link', 'tcp:0', '--error', 'mood=bad');
    expect(unknown.err).to.match(/LF_USAGE[\s\S]*mood/);
    expect(unknown.code).to.equal(4);
  });

  it('serves a terminal that a serial port opens, again and again, and removes it', async () => {
    await served('ppk2', 'ttyPPK2', async address => {
      expect(address).to.equal(`serial:${join(folder, 'ttyPPK2')}`);
      const check = ['check', '--meter', 'ppk2', '--link', address, '--seconds', '0.2'];
      for (let i = 0; i < 2; i += 1) {
        const ended = await meter(...check, '--resistor', '1000');
        expect(ended.err).to.equal('');
        expect(ended.code).to.equal(0);
      }
      const taken = await meter('emulate', 'ppk2', '--link', 'ttyPPK2');
      expect(taken.err).to.match(/LF_USAGE/);
    });
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('takes over the link to a terminal that is gone, and no other file', async () => {
    await symlink('/dev/pts/999999', join(folder, 'ttyLeft'));
    await served('ppk2', 'ttyLeft', async () => {});
    await writeFile(join(folder, 'ttyFile'), '');
    expect((await meter('emulate', 'ppk2', '--link', 'ttyFile')).err).to.match(/LF_USAGE/);
    await rm(join(folder, 'ttyFile'));
  });

  it('stays alive and ends on Ctrl-C while its client reads nothing', async () => {
    const child = spawn(program[0], [...program.slice(1), 'meter', 'emulate', 'ppk2', '--link', 'ttyDeaf'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      expect(line.toString()).to.match(/ttyDeaf; Ctrl-C ends it/);
      await writeFile(join(folder, 'ttyDeaf'), Buffer.from([0x0c, 1, 0x06]));
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      expect(code).to.equal(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('plays a waveform to a client that knows nothing of the harness', async () => {
    await writeFile(join(folder, 'load.csv'), 'seconds,amps,marker\n0.01,0.001,1\n0.01,0.002,2\n');
    const stop = new AbortController();
    const out = new Text();
    const args = ['meter', 'emulate', 'ppk2', '--link', 'tcp:0', '--waveform', 'load.csv'];
    const ended = main(['node', 'littlefirst', ...args], { out, cwd: folder, signal: stop.signal });
    await out.firstLine;
    const socket = createConnection(Number(/:(\d+);/.exec(out.text)![1]), '127.0.0.1');
    socket.write(Buffer.from([0x0c, 1, 0x06]));
    const seen = new Set<number>();
    for await (const bytes of socket) {
      for (let i = 3; i < bytes.length; i += 4) seen.add(bytes[i]);
      if (seen.has(1) && seen.has(2)) break;
    }
    stop.abort();
    expect(await ended).to.equal(0);
  });

  it("checks a bench's emulated meter without hardware", async () => {
    for (const name of meterDriverNames) {
      const ended = await meter('check', '--resistor', '470', '--meter', name);
      expect(ended.err, name).to.equal('');
      expect(ended.out, name).to.match(/^emulated .*: 7\.0[12]\d* mA/);
    }
  });

  it('serves a PPK2 that is calibrated as a real one, and a named SCPI instrument', async () => {
    await served(
      'ppk2',
      'tcp:localhost:0',
      async address => {
        const check = ['check', '--meter', 'ppk2', '--link', address, '--seconds', '0.2', '--mode', 'ampere'];
        const ended = await meter(...check, '--resistor', '1000');
        expect(ended.err).to.equal('');
        expect(ended.out).to.match(/: 3\.[23]\d+ mA/);
      },
      '--calibration',
      'realistic',
    );
    const check = ['--resistor', '1000', '--seconds', '0.2', '--meter', 'scpi'];
    for (const [model, name] of [
      ['dmm6500', 'Keithley DMM6500'],
      ['2450', 'Keithley 2450'],
    ])
      await served(
        'scpi',
        'tcp:0',
        async address => {
          const ended = await meter('check', ...check, '--link', address);
          expect(ended.err).to.equal('');
          expect(ended.out).to.include(name);
        },
        '--model',
        model,
      );
    const other = await meter('emulate', 'otii', '--link', 'tcp:0', '--model', '2450');
    expect(other.err).to.match(/LF_USAGE[\s\S]*setting of the emulated scpi/);
  });

  it('makes no file of a link that is none', async () => {
    for (const link of ['tcp:nowhere', 'udp:1', 'rfc2217://host:1', 'tcp:host:port']) {
      const ended = await meter('emulate', 'ppk2', '--link', link);
      expect(ended.err, link).to.match(/LF_USAGE[\s\S]*is no link/);
      expect(ended.code).to.equal(4);
    }
    expect((await readdir(folder)).filter(name => !name.endsWith('.csv'))).to.deep.equal([]);
  });

  it('refuses what makes no sense', async () => {
    expect((await meter('check', '--resistor', '0')).code).to.equal(4);
    expect((await meter('check')).code).to.equal(4);
    expect((await meter('check', '--resistor', '1000', '--link', 'tcp:localhost:1')).code).to.equal(4);
    expect((await meter('emulate', 'voltcraft', '--link', 'tcp:0')).code).to.equal(4);
    await writeFile(join(folder, 'bad.csv'), 'seconds,amps\n0.01,much\n');
    const bad = await meter('emulate', 'ppk2', '--link', 'tcp:0', '--waveform', 'bad.csv');
    expect(bad.err).to.match(/LF_USAGE[\s\S]*row 1/);
  });
});
