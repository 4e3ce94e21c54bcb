import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { packagePath } from '../../package-root.js';
import { ensureTimingPlugin, parseTimingEvent, type TimingEvent } from './timing-plugin.js';

const sources = ['board.c', 'clocks.c', 'power.c', 'timer.c'];

interface Run {
  lines: string[];
  /** The rule that was broken, if the model ended the run, or that the watchdog did. */
  broken: string | undefined;
  events: TimingEvent[];
}

/** The port's sources, without the firmware's core, as a program that tries them on the model of the chip (firmware/port-model/apollo3). */
class PortTrial {
  private constructor(readonly folder: string) {}

  static async build(): Promise<PortTrial> {
    const trial = new PortTrial(await mkdtemp(join(tmpdir(), 'littlefirst-apollo3-')));
    await mkdir(join(trial.folder, 'port'));
    await cp(packagePath('firmware', 'ports', 'apollo3'), join(trial.folder, 'port'), { recursive: true });
    await trial.compile(packagePath('firmware', 'port-model', 'apollo3', 'main.c'), 'main.o');
    await trial.compile(packagePath('firmware', 'ports', 'common', 'startup.c'), 'startup.o');
    for (const source of sources) await trial.compile(join(trial.folder, 'port', source), `${source}.o`);
    return trial;
  }

  private async compile(source: string, object: string): Promise<void> {
    await execa('arm-none-eabi-gcc', [...this.flags, '-c', source, '-o', join(this.folder, object)]);
  }

  private get flags(): string[] {
    const headers = [
      join(this.folder, 'port'),
      packagePath('firmware', 'core'),
      packagePath('firmware', 'ports', 'common'),
    ];
    return [
      ...['-std=c11', '-O1', '-ffreestanding', '-mcpu=cortex-m4', '-mfloat-abi=soft', '-mthumb'],
      ...['-DPORT_BLOB_ADDRESS=0x30000', ...headers.map(folder => `-I${folder}`)],
    ];
  }

  /** @param fault what to change in one of the port's sources */
  async run(fault?: { file: string; from: string; to: string }): Promise<Run> {
    const image = join(this.folder, 'image.elf');
    const events = join(this.folder, 'events');
    const others = sources.filter(source => source !== fault?.file).map(source => `${source}.o`);
    const objects = ['main.o', 'startup.o', ...others].map(file => join(this.folder, file));
    const mutant: string[] = [];
    if (fault !== undefined) {
      const text = await readFile(join(this.folder, 'port', fault.file), 'utf8');
      expect(text.split(fault.from), `${fault.file}: ${fault.from}`).to.have.length.above(1);
      mutant.push(join(this.folder, 'mutant.c'));
      await writeFile(mutant[0], text.replaceAll(fault.from, fault.to));
    }
    await execa('arm-none-eabi-gcc', [
      ...[...this.flags, '-nostdlib', '-T', join(this.folder, 'port', 'apollo3.ld')],
      ...['-Wl,--no-warn-rwx-segments', `-Wl,-L,${packagePath('firmware', 'ports', 'common')}`],
      ...[...objects, ...mutant, '-lgcc', '-o', image],
    ]);
    const plugin = `${await ensureTimingPlugin()},core=m4,board=apollo3,hz=96000000:48000000:24000000,out=${events}`;
    const qemu = spawn('qemu-system-arm', [
      ...['-M', 'mps2-an386', '-cpu', 'cortex-m4', '-display', 'none', '-nodefaults', '-nic', 'none'],
      ...['-chardev', 'stdio,id=uart,signal=off', '-semihosting-config', 'enable=on,target=native'],
      ...['-kernel', image, '-plugin', plugin],
    ]);
    let said = '';
    let complained = '';
    qemu.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('say\n') && (said + text).includes('say\n')) qemu.stdin.write('A');
      said += text;
      /* The watchdog started it anew, and would for ever. */
      if (/^reason$/m.test(said)) qemu.kill('SIGKILL');
    });
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
      complained += text;
    });
    await once(qemu, 'close');
    const rule = /apollo3 model: (.*) \(at 0x/.exec(complained)?.[1];
    const broken = rule ?? (/^reason$/m.test(said) ? 'restarted by its watchdog' : undefined);
    const told = (await readFile(events, 'utf8')).split('\n').filter(line => line !== '');
    return { lines: said.split('\n').slice(0, -1), broken, events: told.map(parseTimingEvent) };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

const has = async (tool: string) => !(await execa(tool, ['--version'], { reject: false })).failed;

if ((await has('qemu-system-arm')) && (await has('arm-none-eabi-gcc')))
  describe('apollo3 port on a model of its chip', function () {
    this.timeout(120_000);
    let trial: PortTrial;
    before(async () => {
      trial = await PortTrial.build();
    });
    after(() => trial.remove());

    it('keeps the rules from each level to each other, sleeps beyond its watchdog, and is woken by the line', async () => {
      const { lines, broken, events } = await trial.run();
      expect(broken).to.equal(undefined);
      expect(lines.slice(0, 2)).to.deep.equal(['no reason', 'baud 1 1 0 1']);
      expect([...new Set(lines.filter(line => line.startsWith('level 1')))]).to.have.members([
        'level 1 0 1 850 96000000',
        'level 1 0 0 700 48000000',
        'level 1 1 0 700 24000000',
      ]);
      expect(lines.filter(line => line.startsWith('level'))).to.have.length(22);
      expect(lines.filter(line => line.startsWith('level 0'))).to.have.length(4);
      const idles = lines.filter(line => line.startsWith('idle')).map(line => line.split(' ').map(Number));
      expect(idles).to.have.length(19);
      for (const [, asked, passed] of idles) {
        expect(passed).to.be.at.least(asked);
        expect(passed).to.be.at.most(asked * 1.01 + 20);
      }
      const cycles = lines.filter(line => line.startsWith('cycles')).map(line => Number(line.split(' ')[1]));
      for (const count of cycles) expect(count).to.be.within(3000, 20_000);
      expect(Math.max(...cycles) - Math.min(...cycles)).to.be.at.most(0.05 * cycles[0]);
      expect(lines.slice(-2)).to.deep.equal(['heard 65', 'end']);
      const of = (kind: string) => events.filter(({ event }) => event === kind).map(({ value }) => value);
      expect(of('marker').slice(0, 4)).to.deep.equal([2, 0, 2, 0]);
      /* 24 MHz after the reset, then 48, then the pairs. */
      expect(of('level').slice(0, 4)).to.deep.equal([2, 1, 0, 1]);
      expect(of('elapse').filter(us => us > 19_000_000)).to.have.length(1);
    });

    const faults: [rule: RegExp, file: string, from: string, to: string][] = [
      [/without the key 0x73/, 'board.c', 'REGISTER(GPIO_PADKEY) = PADKEY;', ''],
      [/without the key 0x47/, 'clocks.c', 'REGISTER(CLKGEN_CLKKEY) = CLKKEY;', ''],
      [
        /UART0 used while its power domain is off/,
        'board.c',
        'while ((REGISTER(DEVPWRSTATUS) & DEVPWRSTATUS_HCPA) == 0) {',
        'while (0) {',
      ],
      [/UART0 configured without its clock/, 'board.c', 'REGISTER(UART0_CR) = CR_CLKEN | CR_24MHZ;', ''],
      [/pad 49 is not UART0's input/, 'board.c', 'PAD_INPUT | PAD_PULL', 'PAD_PULL'],
      [/no GPIO output/, 'board.c', 'set_pad(PAD_MARKER1, PAD_GPIO, 0, CFG_PUSH_PULL);', ''],
      [
        /before MCUCTRL.FEATUREENABLE/,
        'clocks.c',
        '  init_burst();\n',
        '  REGISTER(CLKGEN_FREQCTRL) |= FREQCTRL_BURSTREQ;\n',
      ],
      [/deep sleep would lose RAM/, 'power.c', '= MEMORY_FLASH | SLEEP_CACHE', '= MEMORY_ALL | SLEEP_CACHE'],
      [/restarted by its watchdog/, 'power.c', '  REGISTER(WDT_CFG) = watchdog;\n', ''],
      [
        /sleeps without end while the watchdog runs/,
        'power.c',
        'void power_sleep(void) {\n  wait();',
        'void power_sleep(void) {\n  cpu_wait_for_interrupt();',
      ],
      [
        /SCMPR0 written while its comparison is enabled/,
        'timer.c',
        '  REGISTER(SCMPR0) =',
        '  REGISTER(STCFG) |= STCFG_COMPARE_A;\n  REGISTER(SCMPR0) =',
      ],
      [/DWT used without DEMCR/, 'board.c', '  REGISTER(DEMCR) |= DEMCR_TRCENA;\n', ''],
    ];
    for (const [rule, file, from, to] of faults)
      it(`names what the chip does not bear: ${rule.source} (${file})`, async () => {
        expect((await trial.run({ file, from, to })).broken).to.match(rule);
      });
  });
