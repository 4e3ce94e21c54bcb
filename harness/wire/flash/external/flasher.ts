import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LittlefirstError } from '../../../errors.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../../host/temporary-folder.js';
import type { MemorySegment } from '../../../machine/machine.js';
import type { Flasher, FlashReport } from '../flasher.js';
import { runTool, type ToolJudgement, type ToolStep } from './run.js';

/** A segment as a raw binary file. */
export interface SegmentFile {
  address: number;
  bytes: number;
  path: string;
  sha256: string;
}

/** A step, perhaps one that reads a segment back into a file, which is then compared here byte by byte. */
export interface FlashStep extends ToolStep {
  readBack?: { segment: SegmentFile; path: string };
}

/** What is known of one tool: how to call it and how to read what it prints. */
export interface FlashRecipe {
  name: string;
  judge: ToolJudgement;
  /** What a run without a complaint proves. */
  verified: FlashReport['verified'];
  /**
   * @param folder private and temporary, for scripts and what is read back
   * @returns the runs of the tool, in order; the last one leaves the DUT running the new image
   */
  steps(segments: readonly SegmentFile[], folder: string): Promise<FlashStep[]>;
}

export interface ExternalFlasherOptions {
  /** Brings the DUT into its boot loader and waits until it is there, e.g. `lf bootloader%`. */
  enterBootloader?: (signal?: AbortSignal) => Promise<void>;
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Writes through a vendor's or a public tool, run as a process. */
export class ExternalFlasher implements Flasher {
  readonly name: string;

  constructor(
    private readonly recipe: FlashRecipe,
    private readonly options: ExternalFlasherOptions = {},
  ) {
    this.name = recipe.name;
  }

  /** @throws LF_TOOL_MISSING, LF_FLASH_FAILED, LF_FLASH_VERIFY */
  async flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport> {
    const begun = performance.now();
    const written = segments.filter(segment => segment.data.length > 0);
    const folder = makeTemporaryFolder('flash');
    try {
      const files = await Promise.all(written.map(segment => this.toFile(segment, folder)));
      await this.options.enterBootloader?.(signal);
      for (const step of await this.recipe.steps(files, folder)) {
        await runTool(
          this.name,
          step,
          step.phase === 'write' ? this.recipe.judge : { ...this.recipe.judge, done: undefined },
          signal,
        );
        if (step.readBack !== undefined) await this.compare(step.readBack);
      }
      return {
        flasher: this.name,
        segments: files.map(({ address, bytes, sha256 }) => ({ address, bytes, sha256 })),
        verified: this.recipe.verified,
        milliseconds: performance.now() - begun,
      };
    } finally {
      removeTemporaryFolder(folder);
    }
  }

  private async toFile({ address, data }: MemorySegment, folder: string): Promise<SegmentFile> {
    const path = join(folder, `segment-${address.toString(16).padStart(8, '0')}.bin`);
    await writeFile(path, data);
    return { address, bytes: data.length, path, sha256: sha256(data) };
  }

  private async compare({ segment, path }: { segment: SegmentFile; path: string }): Promise<void> {
    const [wanted, found] = await Promise.all([
      readFile(segment.path),
      readFile(path).catch(() => undefined),
    ]);
    const at = wanted.findIndex((byte, index) => byte !== found?.[index]);
    if (at < 0) return;
    const where = `0x${(segment.address + at).toString(16)}`;
    const byte = found?.[at];
    throw new LittlefirstError(
      'LF_FLASH_VERIFY',
      `${this.name}: the flash reads back differently at ${where}`,
      {
        expected: `0x${wanted[at].toString(16)}`,
        received: byte === undefined ? `${found?.length ?? 0} bytes in all` : `0x${byte.toString(16)}`,
        hint: 'flash again; if it stays, the flash is worn out or protected',
        fields: { flasher: this.name, address: segment.address + at },
      },
    );
  }
}
