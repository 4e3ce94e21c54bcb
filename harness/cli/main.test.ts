import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Fit } from '../library/model/fits.js';
import { readJournal } from '../record/journal/journal.js';
import { runRecordSchema } from '../record/run-record.js';
import { TestBench } from '../testing/bench/test-bench.js';
import { type Ended, littlefirst } from '../testing/cli.js';
import { firstOf, journalText } from '../testing/record/run.js';

/** Runs with an environment variable set for the time being. */
async function withVariable<T>(name: string, value: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env[name];
  const set = (to: string | undefined) => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  try {
    return await work();
  } finally {
    set(before);
  }
}

describe('littlefirst', function () {
  this.timeout(240_000);
  let bench: TestBench;
  let cwd: string;
  before(async () => {
    bench = await TestBench.make({
      levels: ['133MHz'],
      strategies: ['big-only', '1BDD'],
      data: { set: 'synthetic', windows: 20, seed: 3 },
      targets: [{ name: 'golden', metric: 'golden-mismatches', atMost: 0 }],
    });
    cwd = bench.folder;
  });
  after(() => bench.remove());

  const refused = async (code: number, error: RegExp, ...args: string[]): Promise<void> => {
    const ended = await littlefirst(cwd, ...args);
    expect(ended.err).to.match(error);
    expect(ended.code).to.equal(code);
  };

  describe('run, check and report', () => {
    let run: Ended;
    before(async () => {
      run = await littlefirst(cwd, 'run', bench.benchFile);
    });

    it('ends in a passing report, whose files lie in reports/latest', async () => {
      expect(run.code, run.err).to.equal(0);
      expect(run.out)
        .to.match(/PASS/)
        .and.match(/modelled/);
      const latest = join(cwd, 'reports', 'latest');
      const record = runRecordSchema.parse(JSON.parse(await readFile(join(latest, 'run.json'), 'utf8')));
      expect(record.outcome).to.equal('pass');
      expect(await readlink(latest)).to.equal(record.id);
      expect(run.out.trimEnd().split('\n').at(-1)).to.equal(join(cwd, 'reports', record.id, 'report.html'));
      for (const file of ['journal.ndjson', 'windows.csv', 'junit.xml', 'run.log', 'report.html'])
        expect((await readFile(join(latest, file))).length, file).to.be.greaterThan(0);
    });

    it('says loudly that the wearer is synthetic', () => {
      expect(run.err).to.match(/synthetic/i);
      expect(run.out).to.match(/synthetic/i);
    });

    it('asserts on it again without a board, on request against other targets', async () => {
      expect((await littlefirst(cwd, 'check', 'reports/latest')).code).to.equal(0);
      const targets = join(cwd, 'targets.yaml');
      await writeFile(targets, '- { name: impossible, metric: energy-per-window, atMost: 0.001 }\n');
      const missed = await littlefirst(cwd, 'check', 'reports/latest', '--targets', targets);
      expect(missed.code).to.equal(1);
      expect(missed.out).to.match(/impossible/);
      await writeFile(
        targets,
        '- { name: open, metric: accuracy, atLeast: 0.2 }\n- { name: x, metric: nonsense, atMost: 1 }\n',
      );
      expect((await littlefirst(cwd, 'check', 'reports/latest', '--targets', targets)).code).to.equal(4);
    });

    it('takes what a nightly accepts, and fails on what it does not', async () => {
      const targets = join(cwd, 'nightly.yaml');
      await writeFile(
        targets,
        '- { name: wide, metric: accuracy, atLeast: 0.9 }\n- { name: far, metric: macs-per-window, atMost: 1 }\n',
      );
      const check = (...more: string[]) =>
        littlefirst(cwd, 'check', 'reports/latest', '--targets', targets, ...more);
      expect((await check()).code).to.equal(1);
      expect((await check('--allow', 'far,wide')).code).to.equal(0);
      const junit = await readFile(join(cwd, 'reports', 'latest', 'check-nightly.xml'), 'utf8');
      expect(junit)
        .to.match(/<skipped [^>]*message="fail, allowed: /)
        .and.not.match(/<failure/);
      const unknown = await check('--allow', 'farr');
      expect(unknown.code).to.equal(4);
      expect(unknown.err).to.match(/LF_UNKNOWN_TARGET[\s\S]*did you mean "far"/);
      await writeFile(targets, '- { name: saves, metric: energy-saving, strategies: [1BDX], atLeast: 0 }\n');
      const misspelt = await check();
      expect(misspelt.code).to.equal(4);
      expect(misspelt.err).to.match(/LF_UNKNOWN_TARGET[\s\S]*did you mean "1BDD"/);
    });

    it('judges by other targets in files of their own, which agree, and leaves those of the run as they are', async () => {
      const latest = join(cwd, 'reports', 'latest');
      const read = (name: string) => readFile(join(latest, name), 'utf8');
      expect((await littlefirst(cwd, 'check', 'reports/latest')).code).to.equal(0);
      const files = ['run.json', 'report.html', 'report.md', 'junit.xml'];
      const untimed = (text: string) => text.replace(/ time="[^"]*"/g, '');
      const before = await Promise.all(files.map(read));
      const targets = join(cwd, 'hard.yaml');
      await writeFile(targets, '- { name: impossible, metric: energy-per-window, atMost: 0.001 }\n');
      const missed = await littlefirst(cwd, 'check', 'reports/latest', '--targets', targets);
      expect(missed.code).to.equal(1);
      expect(missed.out.trimEnd().split('\n').at(-1)).to.equal(join(latest, 'check-hard.html'));
      expect((await Promise.all(files.map(read))).map(untimed)).to.deep.equal(before.map(untimed));
      expect(runRecordSchema.parse(JSON.parse(await read('check-hard.json'))).outcome).to.equal('fail');
      expect(await read('check-hard.html'))
        .to.contain('FAIL')
        .and.to.contain('impossible');
      expect(await read('check-hard.md')).to.contain('## littlefirst: fail');
      expect(await read('check-hard.xml'))
        .to.contain('<failure type="fail"')
        .and.to.contain('check-hard.html');
    });

    it('writes the reports again', async () => {
      expect((await littlefirst(cwd, 'report', 'reports/latest')).code).to.equal(0);
      const markdown = await littlefirst(cwd, 'report', 'reports/latest', '--markdown');
      expect(markdown.code).to.equal(0);
      expect(markdown.out).to.match(/^## littlefirst: pass\n/);
    });

    it('puts the files into --out itself, and never over another run', async () => {
      const out = join(cwd, 'mine');
      expect(
        (await littlefirst(cwd, 'run', bench.benchFile, '--strategy', '1BDD', '--out', out)).code,
      ).to.equal(0);
      expect((await readJournal(out)).at(-1)?.kind).to.equal('finish');
      const again = await littlefirst(cwd, 'run', bench.benchFile, '--out', out);
      expect(again.code).to.equal(4);
      expect(again.err).to.match(/LF_USAGE.*already holds a run/);
    });

    it('goes on with a run whose machine was switched off', async () => {
      const out = join(cwd, 'torn');
      await littlefirst(cwd, 'run', bench.benchFile, '--out', out);
      const journal = join(out, 'journal.ndjson');
      const text = await readFile(journal, 'utf8');
      await truncate(journal, text.indexOf('"kind":"block-end"') - 20);
      expect((await littlefirst(cwd, 'check', out)).code).to.equal(3);
      expect((await littlefirst(cwd, 'run', '--resume', out)).code).to.equal(0);
      expect((await littlefirst(cwd, 'run', bench.benchFile, '--resume', out)).code).to.equal(4);
    });
  });

  describe('with runs of others', () => {
    let run: string;
    before(async () => {
      run = join(cwd, 'theirs');
      const words = ['--strategy', '1BDD', '--windows', '12', '--level', '133MHz', '--out', run];
      expect((await littlefirst(cwd, 'run', bench.benchFile, ...words)).code).to.equal(0);
    });

    it('lets nobody but the owner read a run folder, unless asked', async () => {
      expect((await stat(run)).mode & 0o777).to.equal(0o700);
      expect((await stat(join(run, 'journal.ndjson'))).mode & 0o077).to.equal(0);
      await littlefirst(cwd, 'run', bench.benchFile, '--level', '1MHz', '--out', join(cwd, 'open'));
      expect((await stat(join(cwd, 'open'))).mode & 0o777).to.equal(0o700);
    });

    it('starts no program that a journal names, even one with right hashes', async () => {
      const marker = join(cwd, 'owned');
      const records = await readJournal(run);
      const campaign = records[0] as { bench: Record<string, unknown> };
      campaign.bench.flasher = { tool: 'command', write: `touch ${marker}` };
      const forged = join(cwd, 'forged');
      await mkdir(forged);
      await writeFile(join(forged, 'journal.ndjson'), journalText(records.slice(0, 3)));
      const { code, err } = await littlefirst(cwd, 'run', '--resume', forged);
      expect(code).to.equal(4);
      expect(err).to.match(/LF_USAGE[\s\S]*--allow-commands[\s\S]*touch/);
      expect(existsSync(marker)).to.equal(false);
      campaign.bench.flasher = 'auto';
      campaign.bench.more = 1;
      await writeFile(join(forged, 'journal.ndjson'), journalText(records.slice(0, 3)));
      const other = await littlefirst(cwd, 'run', '--resume', forged);
      expect(other.code).to.equal(3);
      expect(other.err).to.match(/LF_RUN_CORRUPT.*field "bench/);
    });

    it('goes on with no journal whose plan is another', async () => {
      const records = await readJournal(run);
      const campaign = firstOf(records, 'campaign');
      campaign.plan = campaign.plan?.map(key => ({ ...key, level: { ...key.level, Hz: key.level.Hz / 2 } }));
      const forged = join(cwd, 'replanned');
      await mkdir(forged);
      await writeFile(join(forged, 'journal.ndjson'), journalText(records.slice(0, 1)));
      const { code, err } = await littlefirst(cwd, 'run', '--resume', forged);
      expect(code).to.equal(4);
      expect(err).to.match(/LF_CONFIG_INVALID[\s\S]*plan has changed/);
    });

    it('seals a run and proves it unchanged', async () => {
      const pair = generateKeyPairSync('ed25519');
      await writeFile(join(cwd, 'key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await writeFile(join(cwd, 'public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
      const key = join(cwd, 'public.pem');
      await refused(3, /LF_RUN_CORRUPT[\s\S]*received: none/, 'check', run, '--public-key', key);
      const sealed = await littlefirst(cwd, 'seal', run, '--key', 'key.pem');
      expect(sealed.code, sealed.err).to.equal(0);
      const checked = await littlefirst(cwd, 'check', run, '--public-key', key);
      expect(checked.code).to.equal(0);
      expect(checked.out).to.match(/sealed \S+ by key [0-9a-f]{16}, unchanged since\n/);
      expect((await littlefirst(cwd, 'check', run)).out).to.match(/whose key that is was not checked/);
      await refused(4, /LF_USAGE.*is sealed/, 'report', run);
      await refused(4, /LF_USAGE.*is sealed/, 'run', '--resume', run);
      const csv = join(run, 'windows.csv');
      await writeFile(csv, (await readFile(csv, 'utf8')).replace('WALKING', 'SITTING'));
      await refused(3, /LF_RUN_CORRUPT[\s\S]*windows\.csv/, 'check', run);
    });
  });

  describe('on bad input ends in the error and exit code of the design:', () => {
    it('unknown commands, options and values', async () => {
      await refused(4, /unknown command/, 'fly');
      await refused(4, /unknown option/, 'run', '--colour', 'red');
      await refused(4, /LF_DATA_MISSING[\s\S]*mnist/, 'run', '--data', 'mnist');
      await refused(4, /whole number above 0/, 'run', '--windows', '0');
      await refused(4, /missing required argument/, 'check');
    });

    it('more windows than memory can hold, no address, no folder, no port', async () => {
      const file = join(cwd, 'a-file');
      await writeFile(file, '');
      const wrong = [
        ['run', '--windows', '99999999999'],
        ['data', 'fetch', '--out', join(cwd, 'data'), '--base-url', 'no address'],
        ['data', 'fetch', '--out', join(file, 'data')],
        ['meter', 'emulate', 'ppk2', '--link', 'tcp:99999'],
      ];
      for (const words of wrong) {
        const { code, err } = await littlefirst(cwd, ...words);
        expect(code, words.join(' ')).to.equal(4);
        expect(err, words.join(' ')).to.match(/LF_(USAGE|CONFIG_INVALID)/);
      }
    });

    it('an unknown board, chip, level, strategy or bench', async () => {
      await refused(4, /LF_UNKNOWN_BOARD[\s\S]*rp2040/, 'run', bench.benchFile, '--board', 'rp1');
      await refused(4, /LF_UNKNOWN_CHIP/, 'run', bench.benchFile, '--chip', 'z80');
      await refused(4, /LF_UNKNOWN_LEVEL[\s\S]*48MHz/, 'run', bench.benchFile, '--level', '1MHz');
      await refused(4, /LF_UNKNOWN_STRATEGY[\s\S]*1BDD/, 'run', bench.benchFile, '--strategy', '9B');
      await refused(4, /LF_CONFIG_INVALID/, 'run', 'absent.yaml');
      await refused(4, /LF_BUNDLE_INVALID/, 'run', bench.benchFile, '--bundle', join(cwd, 'absent'));
      await refused(4, /LF_CONFIG_INVALID/, 'run', bench.benchFile, '--chip', 'ecm3532');
    });

    it('data that are missing or damaged', async () => {
      const run = ['run', bench.benchFile, '--data', 'uci-har'];
      await withVariable('LITTLEFIRST_DATA', undefined, () => refused(4, /LF_DATA_MISSING/, ...run));
      await withVariable('LITTLEFIRST_DATA', cwd, () => refused(4, /LF_DATA_MISSING/, ...run));
      await mkdir(join(cwd, 'uci-har'), { recursive: true });
      await writeFile(join(cwd, 'uci-har', 'uci-har.json'), '{');
      await withVariable('LITTLEFIRST_DATA', cwd, () => refused(4, /LF_DATA_CORRUPT/, ...run));
    });

    it('a model that is missing, damaged, or of an unknown operator', async () => {
      const good = await readFile(join(cwd, 'bundle', 'keeps.tflite'));
      const file = join(cwd, 'model.tflite');
      await refused(4, /LF_MODEL_MISSING/, 'model', 'inspect', file);
      await writeFile(file, good.subarray(0, 300));
      await refused(4, /LF_MODEL_CORRUPT/, 'model', 'inspect', file);
      await writeFile(file, withUnknownOperator(good));
      await refused(4, /LF_MODEL_UNSUPPORTED[\s\S]*GELU/, 'model', 'inspect', file);
      await writeFile(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
      await refused(4, /LF_MODEL_CORRUPT[\s\S]*pointer of Git LFS/, 'model', 'inspect', file);
    });

    it('a run that is not there, or whose journal is damaged', async () => {
      await refused(4, /LF_RUN_MISSING/, 'check', 'nowhere');
      await mkdir(join(cwd, 'damaged'), { recursive: true });
      await writeFile(join(cwd, 'damaged', 'journal.ndjson'), 'no json\n');
      await refused(3, /LF_RUN_CORRUPT/, 'report', 'damaged');
      await refused(3, /LF_RUN_CORRUPT/, 'run', '--resume', 'damaged');
    });

    it('a board that is not there', async () => {
      const real = await TestBench.make({
        link: 'serial:/dev/no-such-port',
        flasher: 'none',
        meter: { driver: 'none' },
      });
      const out = join(cwd, 'dead');
      const ended = await littlefirst(cwd, 'run', real.benchFile, '--out', out);
      expect(ended.code).to.equal(3);
      expect(ended.err.match(/LF_\w+/g)).to.deep.equal(['LF_LINK_OPEN', 'LF_LINK_OPEN']);
      const record = runRecordSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
      expect(record).to.include({ outcome: 'error' });
      expect(record.faults[0].code).to.equal('LF_LINK_OPEN');
      expect(await readFile(join(out, 'junit.xml'), 'utf8'))
        .to.match(/<testsuites [^>]*errors="1"/)
        .and.match(/<error type="error" message="LF_LINK_OPEN/);
      await refused(3, /LF_LINK_OPEN {2}The campaign of this run did not begin/, 'check', out);
      await real.remove();
    });

    it('a bench that cannot be prepared, with a record where one was asked for', async () => {
      const out = join(cwd, 'refused');
      await refused(4, /LF_UNKNOWN_LEVEL/, 'run', bench.benchFile, '--level', '1MHz', '--out', out);
      const record = runRecordSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
      expect(record.outcome).to.equal('error');
      expect(await readFile(join(out, 'junit.xml'), 'utf8')).to.match(
        /<error type="error" message="LF_UNKNOWN_LEVEL/,
      );
    });

    it('with the stack on request', async () => {
      expect((await littlefirst(cwd, 'check', 'nowhere')).err).to.not.match(/\n {4}at /);
      expect((await littlefirst(cwd, 'check', 'nowhere', '--verbose')).err).to.match(/\n {4}at /);
    });
  });

  it('flashes and identifies', async () => {
    const ended = await littlefirst(cwd, 'flash', bench.benchFile);
    expect(ended.code, ended.err).to.equal(0);
    expect(ended.out)
      .to.match(/verified by readback/)
      .and.match(/board rp2040 runs image [0-9a-f]{16}, bundle small/);
  });

  it('lists boards and data, examines the machine, tells its version', async () => {
    const boards = JSON.parse((await littlefirst(cwd, 'boards', '--json')).out) as { name: string }[];
    expect(boards.map(board => board.name)).to.include('rp2040');
    expect((await littlefirst(cwd, 'boards')).out).to.match(/133MHz \(1100 mV\)/);
    expect((await littlefirst(cwd, 'data', 'list')).out).to.match(/yes {2}synthetic/);
    const doctor = await littlefirst(cwd, 'doctor');
    expect(doctor.out).to.match(/ok +firmware of rp2040/);
    expect((await littlefirst(cwd, '--version')).out).to.match(/^\d+\.\d+\.\d+/);
    expect((await littlefirst(cwd, '--help')).code).to.equal(0);
  });

  it('inspects, packs and runs models', async () => {
    const folder = join(cwd, 'bundle');
    expect((await littlefirst(cwd, 'model', 'inspect', folder)).out).to.match(/one-vs-rest/);
    const network = await littlefirst(cwd, 'model', 'inspect', join(folder, 'big.tflite'), '--json');
    const told = JSON.parse(network.out);
    expect(told.macs).to.be.greaterThan(0);
    expect(told).to.include({ arithmetic: 'integer' });
    const there = told.boards.find(({ board, chip }: Fit) => board === 'rp2040' && chip === 'rp2040');
    expect(there).to.include({ runs: true, network: 'model' });
    expect(there.levels[0]).to.have.nested.property('modelledEnergy_uJ.low').above(0);
    const blob = join(cwd, 'small.blob');
    const packed = await littlefirst(cwd, 'model', 'pack', folder, '--board', 'rp2040', '--out', blob);
    expect(packed.code, packed.err).to.equal(0);
    expect(packed.out).to.include(`${(await readFile(blob)).length} bytes, for address 0x10040000`);
    const run = await littlefirst(cwd, 'model', 'run', folder, '--windows', '30', '--strategy', '1BDD');
    expect(run.out).to.match(/^1BDD: \d+ of \d+ correct/);
    const input = join(cwd, 'input.bin');
    await writeFile(input, Buffer.alloc(384, 3));
    const one = await littlefirst(cwd, 'model', 'run', join(folder, 'keeps.tflite'), '--input', input);
    expect(one.out.trim().split(' ').length).to.equal(2);
    expect((await littlefirst(cwd, 'model', 'run', join(folder, 'keeps.tflite'))).code).to.equal(4);
  });
});

/** The file with the first operator code (builtin_code and its old one-byte form) turned into GELU, 150. */
function withUnknownOperator(tflite: Buffer): Buffer {
  const bytes = Buffer.from(tflite);
  const follow = (at: number): number => at + bytes.readUInt32LE(at);
  const field = (table: number, id: number): number =>
    table + bytes.readUInt16LE(table - bytes.readInt32LE(table) + 4 + 2 * id);
  const code = follow(follow(field(follow(0), 1)) + 4);
  bytes.writeInt32LE(150, field(code, 3));
  return bytes;
}
