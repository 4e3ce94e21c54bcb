import type { CiName } from '../../library/index.js';

export interface InitCommandOptions {
  board?: string;
  meter?: string;
  data?: 'synthetic' | 'uci-har' | 'hapt';
  bundle?: string;
  from?: string;
  windows: number;
  ci?: CiName[];
  yes?: boolean;
}
