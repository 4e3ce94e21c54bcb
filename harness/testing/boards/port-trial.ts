import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import { ensureTimingPlugin, parseTimingEvent, type TimingEvent } from '../../emulator/qemu/timing-plugin.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { packagePath } from '../../package-root.js';

/** A port whose chip the plugin models. */
export interface TriedPort {
  /** Folder of the port, of its program (firmware/port-model) and of the plugin's model. */
  name: string;
  /** The port's own sources, in the order of linking, and those that it takes from ports/common. */
  sources: readonly string[];
  common: readonly string[];
  script: string;
  /** `-mcpu` and the like. */
  cpu: readonly string[];
  blobAddress: number;
  /** QEMU's machine, its core and the plugin's table. */
  machine: string;
  core: string;
  table: string;
  levelHz: readonly number[];
}

/** A text of one of the port's sources, and what stands in its place. */
export interface PortFault {
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

/** A port's sources, without the firmware's core, as a program that tries them on the model of its chip. */
export class PortTrial {
  private constructor(
    private readonly port: TriedPort,
    readonly folder: string,
  ) {}

  static async build(port: TriedPort): Promise<PortTrial> {
    const trial = new PortTrial(port, makeTemporaryFolder(`trial-${port.name}`));
    await cp(packagePath('firmware', 'ports', port.name), join(trial.folder, 'port'), { recursive: true });
    await trial.compile(packagePath('firmware', 'port-model', port.name, 'main.c'), 'main.o');
    for (const source of ['startup.c', ...port.common])
      await trial.compile(packagePath('firmware', 'ports', 'common', source), `${source}.o`);
    for (const source of port.sources) await trial.compile(join(trial.folder, 'port', source), `${source}.o`);
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
      ...['-std=c11', '-O1', '-ffreestanding', ...this.port.cpu, '-mfloat-abi=soft', '-mthumb'],
      ...[`-DPORT_BLOB_ADDRESS=${this.port.blobAddress}`, ...headers.map(folder => `-I${folder}`)],
    ];
  }

  /** @param fault what to change in one of the port's sources */
  async run(fault?: PortFault): Promise<TrialRun> {
    const image = join(this.folder, 'image.elf');
    const events = join(this.folder, 'events');
    const { port } = this;
    const own = port.sources.map(source => (source === fault?.file ? 'mutant.o' : `${source}.o`));
    const objects = ['main.o', 'startup.c.o', ...port.common.map(source => `${source}.o`), ...own];
    if (fault !== undefined) {
      const text = await readFile(join(this.folder, 'port', fault.file), 'utf8');
      expect(text.split(fault.from), `${fault.file}: ${fault.from}`).to.have.length.above(1);
      await writeFile(join(this.folder, 'mutant.c'), text.replaceAll(fault.from, fault.to));
      await this.compile(join(this.folder, 'mutant.c'), 'mutant.o');
    }
    await execa('arm-none-eabi-gcc', [
      ...[...this.flags, '-nostdlib', '-T', join(this.folder, 'port', port.script)],
      ...['-Wl,--no-warn-rwx-segments', `-Wl,-L,${packagePath('firmware', 'ports', 'common')}`],
      ...[...objects.map(file => join(this.folder, file)), '-lgcc', '-o', image],
    ]);
    const chip = `core=${port.table},board=${port.name},hz=${port.levelHz.join(':')}`;
    const qemu = spawn('qemu-system-arm', [
      ...['-M', port.machine, '-cpu', port.core, '-display', 'none', '-nodefaults', '-nic', 'none'],
      ...['-chardev', 'stdio,id=uart,signal=off', '-semihosting-config', 'enable=on,target=native'],
      ...['-kernel', image, '-plugin', `${await ensureTimingPlugin()},${chip},out=${events}`],
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
    const rule = new RegExp(`${port.name} model: (.*) \\(at 0x`).exec(complained)?.[1];
    const broken = rule ?? (/^reason$/m.test(said) ? 'restarted by its watchdog' : undefined);
    const told = (await readFile(events, 'utf8')).split('\n').filter(line => line !== '');
    return { lines: said.split('\n').slice(0, -1), broken, events: told.map(parseTimingEvent) };
  }

  remove(): void {
    removeTemporaryFolder(this.folder);
  }
}

const has = async (tool: string) => !(await execa(tool, ['--version'], { reject: false })).failed;

/** Whether QEMU and the cross compiler are there. */
export const canTryPorts = async (): Promise<boolean> =>
  (await has('qemu-system-arm')) && (await has('arm-none-eabi-gcc'));
