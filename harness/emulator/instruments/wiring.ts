import type { WaveformSource } from '../../machine/waveform.js';

/** What an emulated instrument stands on: the supply of the board that it measures. */
export interface InstrumentWiring {
  source: WaveformSource;
  /** Resolves when the source has sent everything up to now. */
  settle: () => Promise<void>;
  /** Called when the host switches the DUT's supply. */
  power?: (on: boolean) => Promise<void>;
}
