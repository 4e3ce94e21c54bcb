import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureTimingPlugin, parseTimingEvent, type TimingEvent } from '../../emulator/qemu/timing-plugin.js';
import { packagePath } from '../../package-root.js';

/** A port that runs on a model of its chip's registers. */
export interface TriedPort {
  /** Of its folder in `firmware/ports`, its program in `firmware/port-model`, and its model in the timing plugin. */
  name: string;
  sources: readonly string[];
  blobAddress: number;
  /** Options of the plugin that tell of its levels. */
  levels: string;
  /** What it hears when it has said that it listens. */
  line: string;
  /** Sources of `firmware/ports/common` besides the start-up code. */
  common?: readonly string[];
  /** Machine of QEMU, core and the plugin's table of cycles; default: a Cortex-M4 on mps2-an386. */
  on?: { machine: string; core: string; table: string };
}

const cortexM4 = { machine: 'mps2-an386', core: 'cortex-m4', table: 'm4' };

/** A mistake in a port that its chip does not bear. */
export interface ChipFault {
  /** What the model says. */
  rule: RegExp;
  file: string;
  from: string;
  to: string;
}

export interface TrialRun {
  lines: string[];
  /** The rule that was broken, if the model ended the run, or that the watchdog did. */
  broken: string | undefined;
  events: TimingEvent[];
}

const finished = /^(reason|end)$/m;

/** A port's sources, without the firmware's core, as a program that tries them on the model of the chip. */
export class PortTrial {
  private constructor(
    private readonly port: TriedPort,
    private readonly folder: string,
  ) {}

  static async build(port: TriedPort): Promise<PortTrial> {
    const trial = new PortTrial(port, await mkdtemp(join(tmpdir(), `littlefirst-${port.name}-`)));
    await mkdir(join(trial.folder, 'port'));
    await cp(packagePath('firmware', 'ports', port.name), join(trial.folder, 'port'), { recursive: true });
    await trial.compile(packagePath('firmware', 'port-model', port.name, 'main.c'), 'main.o');
    await trial.compile(packagePath('firmware', 'ports', 'common', 'startup.c'), 'startup.o');
    for (const source of port.common ?? [])
      await cp(packagePath('firmware', 'ports', 'common', source), join(trial.folder, 'port', source));
    for (const source of [...(port.common ?? []), ...port.sources])
      await trial.compile(join(trial.folder, 'port', source), `${source}.o`);
    return trial;
  }

  private async compile(source: string, object: string): Promise<void> {
    await execa('arm-none-eabi-gcc', [...this.flags, '-c', source, '-o', join(this.folder, object)]);
  }

  private get on() {
    return this.port.on ?? cortexM4;
  }

  private get flags(): string[] {
    const headers = [
      join(this.folder, 'port'),
      packagePath('firmware', 'core'),
      packagePath('firmware', 'ports', 'common'),
    ];
    return [
      ...['-std=c11', '-O1', '-ffreestanding', `-mcpu=${this.on.core}`, '-mfloat-abi=soft', '-mthumb'],
      ...[`-DPORT_BLOB_ADDRESS=${this.port.blobAddress}`, ...headers.map(folder => `-I${folder}`)],
    ];
  }

  /** @throws when the port's source does not hold what the fault changes */
  private async mutant({ file, from, to }: ChipFault): Promise<string> {
    const text = await readFile(join(this.folder, 'port', file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold this: ${from}`);
    const path = join(this.folder, 'mutant.c');
    await writeFile(
      path,
      text.replaceAll(from, () => to),
    );
    return path;
  }

  /** @param fault what to change in one of the port's sources */
  async run(fault?: ChipFault): Promise<TrialRun> {
    const image = join(this.folder, 'image.elf');
    const events = join(this.folder, 'events');
    const others = [...(this.port.common ?? []), ...this.port.sources]
      .filter(source => source !== fault?.file)
      .map(source => `${source}.o`);
    const objects = ['main.o', 'startup.o', ...others].map(file => join(this.folder, file));
    const mutant = fault === undefined ? [] : [await this.mutant(fault)];
    await execa('arm-none-eabi-gcc', [
      ...[...this.flags, '-nostdlib', '-T', join(this.folder, 'port', `${this.port.name}.ld`)],
      ...['-Wl,--no-warn-rwx-segments', `-Wl,-L,${packagePath('firmware', 'ports', 'common')}`],
      ...[...objects, ...mutant, '-lgcc', '-o', image],
    ]);
    const { name, levels, line } = this.port;
    const plugin = `${await ensureTimingPlugin()},core=${this.on.table},board=${name},${levels},out=${events}`;
    const qemu = spawn('qemu-system-arm', [
      ...['-M', this.on.machine, '-cpu', this.on.core, '-display', 'none', '-nodefaults', '-nic', 'none'],
      ...['-chardev', 'stdio,id=uart,signal=off', '-semihosting-config', 'enable=on,target=native'],
      ...['-kernel', image, '-plugin', plugin],
    ]);
    let said = '';
    let complained = '';
    qemu.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!said.includes('say\n') && (said + text).includes('say\n')) qemu.stdin.write(line);
      said += text;
      /* The watchdog started it anew, and would for ever. */
      if (/^reason$/m.test(said)) qemu.kill('SIGKILL');
    });
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
      complained += text;
    });
    await once(qemu, 'close');
    const rule = new RegExp(`${name} model: (.*) \\(at 0x`).exec(complained)?.[1];
    const broken = rule ?? (/^reason$/m.test(said) ? 'restarted by its watchdog' : undefined);
    if (broken === undefined && !finished.test(said))
      throw new Error(`QEMU ended before its end: ${complained}`);
    const told = (await readFile(events, 'utf8')).split('\n').filter(text => text !== '');
    return { lines: said.split('\n').slice(0, -1), broken, events: told.map(parseTimingEvent) };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

const has = async (tool: string) => !(await execa(tool, ['--version'], { reject: false })).failed;

/** Whether QEMU and the cross compiler are here. */
export const canTryPorts = async () => (await has('qemu-system-arm')) && (await has('arm-none-eabi-gcc'));
