import { createHash } from 'node:crypto';
import { open, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { attendedClock, pause } from '../../host/attended-clock.js';
import type { MemorySegment } from '../../machine/machine.js';
import type { Flasher, FlashReport } from './flasher.js';
import { segmentsToUf2, type Uf2Family, uf2Families, uf2Labels } from './uf2.js';

export interface Uf2Options {
  /** Volume label of the boot loader's drive; default: that of the family. */
  label?: string;
  /**
   * Name below `/dev/disk/by-path` of the drive, without `-part1`: needed when two boards wait at once, since all
   * boot ROMs of a family show the same label and the same serial number.
   */
  physicalPath?: string;
  /** Default: `rp2040`. */
  family?: Uf2Family;
  /** Milliseconds to wait for the drive, and for it to go away after the copy. */
  mountMilliseconds?: number;
  unmountMilliseconds?: number;
  enterBootloader?: (signal?: AbortSignal) => Promise<void>;
  /** Where `dev/disk` and `proc/self/mounts` are; a folder of its own in tests. */
  root?: string;
  pollMilliseconds?: number;
}

interface Drive {
  device: string;
  folder: string;
}

/** Names of `/dev/disk/by-label` escape blanks and the like as `\x20`; `/proc/self/mounts` as `\040`. */
const unescapeUdev = (name: string): string =>
  name.replace(/\\x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
const unescapeMount = (name: string): string =>
  name.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/** Writes by copying a UF2 file to the boot loader's drive. The drive cannot be read back: nothing is verified. */
export class Uf2DriveFlasher implements Flasher {
  readonly name = 'uf2-drive';
  private readonly family: Uf2Family;
  private readonly label: string;
  private readonly root: string;

  constructor(private readonly options: Uf2Options = {}) {
    this.family = options.family ?? 'rp2040';
    this.label = options.label ?? uf2Labels[this.family];
    this.root = options.root ?? '/';
  }

  /** @throws LF_DEVICE_MISSING, LF_DEVICE_AMBIGUOUS, LF_FLASH_FAILED */
  async flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport> {
    const begun = performance.now();
    const written = segments.filter(segment => segment.data.length > 0);
    const file = segmentsToUf2(written, uf2Families[this.family]);
    await this.options.enterBootloader?.(signal);
    const drive = await this.awaitDrive(signal);
    await this.copy(file, drive);
    await this.awaitUnmount(drive, signal);
    return {
      flasher: this.name,
      segments: written.map(({ address, data }) => ({
        address,
        bytes: data.length,
        sha256: createHash('sha256').update(data).digest('hex'),
      })),
      verified: 'none',
      milliseconds: performance.now() - begun,
    };
  }

  private async awaitDrive(signal?: AbortSignal): Promise<Drive> {
    const budget = this.options.mountMilliseconds ?? 30_000;
    const drive = await this.poll(
      budget,
      async () => {
        const drives = await this.drives();
        if (drives.length > 1) throw this.ambiguous(drives);
        return drives[0];
      },
      signal,
    );
    if (drive !== undefined) return drive;
    throw new LittlefirstError('LF_DEVICE_MISSING', `No drive "${this.label}" is mounted`, {
      expected: `the boot loader's drive within ${budget} ms`,
      received: 'none',
      hint: 'hold BOOTSEL while plugging the board in; on a machine without a desktop, mount the drive (udisksctl mount -b ...)',
      fields: { label: this.label, budgetMilliseconds: budget },
    });
  }

  /** Closing waits for the data; the board may vanish with the last block, before the system has seen all of it written. */
  private async copy(file: Uint8Array, drive: Drive): Promise<void> {
    try {
      const handle = await open(join(this.root, drive.folder, 'littlefirst.uf2'), 'w');
      try {
        await handle.writeFile(file);
        await handle.sync().catch((error: NodeJS.ErrnoException) => {
          if (!['EIO', 'ENODEV', 'ENXIO'].includes(error.code ?? '')) throw error;
        });
      } finally {
        await handle.close().catch(() => undefined);
      }
    } catch (error) {
      throw asLittlefirstError(error, 'LF_FLASH_FAILED', `Cannot copy to the drive ${drive.folder}`);
    }
  }

  private async awaitUnmount(drive: Drive, signal?: AbortSignal): Promise<void> {
    const budget = this.options.unmountMilliseconds ?? 30_000;
    const left = await this.poll(
      budget,
      async () => ((await this.mounts()).some(({ device }) => device === drive.device) ? undefined : true),
      signal,
    );
    if (left) return;
    throw new LittlefirstError('LF_FLASH_FAILED', `The board did not leave its boot loader`, {
      expected: `the drive ${drive.folder} gone within ${budget} ms`,
      received: 'it is still mounted',
      hint: `the boot loader restarts only after a complete file of its own family: is it an ${this.family.toUpperCase()}?`,
      fields: { folder: drive.folder, budgetMilliseconds: budget },
    });
  }

  private async poll<T>(
    budget: number,
    look: () => Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    const end = attendedClock.now() + budget;
    for (;;) {
      const found = await look();
      if (found !== undefined || attendedClock.now() >= end) return found;
      await pause(this.options.pollMilliseconds ?? 100, signal);
    }
  }

  private async mounts(): Promise<Drive[]> {
    const text = await readFile(join(this.root, 'proc/self/mounts'), 'utf8');
    return text
      .split('\n')
      .map(line => line.split(' '))
      .filter(fields => fields.length >= 2)
      .map(([device, folder]) => ({ device: unescapeMount(device), folder: unescapeMount(folder) }));
  }

  /** Device files behind the links of a folder below /dev/disk, by link name. */
  private async links(kind: string): Promise<Map<string, string>> {
    const folder = join(this.root, 'dev/disk', kind);
    const names = await readdir(folder).catch(() => [] as string[]);
    const pairs = await Promise.all(
      names.map(
        async name => [unescapeUdev(name), await realpath(join(folder, name)).catch(() => '')] as const,
      ),
    );
    return new Map(pairs);
  }

  /** by-label keeps one link a label: with two boards, the mounts whose folder has the label's name are counted too. */
  private async drives(): Promise<Drive[]> {
    const mounts = await this.mounts();
    const resolved = await Promise.all(
      mounts.map(async drive => ({
        drive,
        real: await realpath(join(this.root, drive.device)).catch(() => drive.device),
      })),
    );
    if (this.options.physicalPath !== undefined) {
      const byPath = await this.links('by-path');
      const wanted = [this.options.physicalPath, `${this.options.physicalPath}-part1`].map(name =>
        byPath.get(name),
      );
      return resolved.filter(({ real }) => wanted.includes(real)).map(({ drive }) => drive);
    }
    const labelled = (await this.links('by-label')).get(this.label);
    const named = new RegExp(`/${this.label.replace(/[^\w]/g, '\\$&')}\\d*$`);
    return resolved
      .filter(({ drive, real }) => real === labelled || named.test(drive.folder))
      .map(({ drive }) => drive);
  }

  private ambiguous(drives: Drive[]): LittlefirstError {
    return new LittlefirstError(
      'LF_DEVICE_AMBIGUOUS',
      `${drives.length} drives "${this.label}" are mounted`,
      {
        expected: 'one',
        received: drives.map(({ device, folder }) => `${device} at ${folder}`).join(', '),
        hint: 'name the USB socket: physicalPath, one of the names in /dev/disk/by-path',
        fields: { label: this.label, drives: drives.map(({ folder }) => folder) },
      },
    );
  }
}
