import type { MemorySegment } from '../../machine/machine.js';

/** What was written and how it was proven. */
export interface FlashReport {
  flasher: string;
  segments: { address: number; bytes: number; sha256: string }[];
  /** 'readback': every byte compared; 'checksum': compared by a checksum computed on the target; 'none': the tool cannot verify. */
  verified: 'readback' | 'checksum' | 'none';
  milliseconds: number;
}

/** Writes image and blob into a DUT. */
export interface Flasher {
  readonly name: string;
  /** Throws LF_FLASH_FAILED or LF_FLASH_VERIFY; on return the DUT has been reset and runs the new image. */
  flash(segments: readonly MemorySegment[]): Promise<FlashReport>;
}
