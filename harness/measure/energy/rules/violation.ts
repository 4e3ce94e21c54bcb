import type { BlockFacts } from '../block-energy.js';

export type RuleName =
  | 'windows'
  | 'edges'
  | 'marker-delay'
  | 'markers'
  | 'drops'
  | 'clock'
  | 'host-clock'
  | 'saturation'
  | 'overcurrent'
  | 'not-a-number'
  | 'idle'
  | 'settled'
  | 'charge'
  | 'plausible'
  | 'range-switching'
  | 'voltage'
  | 'uart'
  | 'meter-problem';

export interface Violation {
  rule: RuleName;
  message: string;
}

export interface BlockCheck {
  facts: BlockFacts;
  /** Clock that the DUT read back, hertz. */
  hertz: number;
  /** Cycles of all windows (gate + Big + other) as the DUT or machine counted them; undefined where nothing counts. */
  dutCycles?: number;
  /** Windows in which Big ran, as the DUT answered. */
  dutBigWindows?: number;
  /** Host's monotonic time from the meter's start to its stop; only for instruments that run in real time. */
  hostSeconds?: number;
  /** Times that the host sent frames again when the DUT may have been computing. */
  unquiet?: number;
  /** A block of fewer windows than `minimumWindows` was asked for on purpose (a demonstration): skips that rule only. */
  allowFewWindows?: boolean;
}

/** Notes a broken rule. */
export type Add = (rule: RuleName, message: string) => void;

export const percent = (share: number) => `${(share * 100).toPrecision(3)} %`;
