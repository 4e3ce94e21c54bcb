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
  /**
   * On return the DUT has been reset and runs the new image.
   * @param signal ends it early, between two accesses; the flash is then undefined
   * @throws LF_FLASH_FAILED, LF_FLASH_VERIFY, the signal's reason
   */
  flash(segments: readonly MemorySegment[], signal?: AbortSignal): Promise<FlashReport>;
}
