import type { Disturbance } from '../../emulator/disturbance.js';

/** A bench that does to the signal what no driver is told, or an instrument that is off by more than it says. */
export interface Fault {
  name: string;
  /** Drawn anew in each case where it is a function of three uniform numbers. */
  disturbance?: Disturbance | ((uniformly: () => number) => Disturbance);
  /** Relative error of the instrument's gain, beyond what is drawn within its specification. */
  gain?: number;
  /** Factor on the instrument's usual noise. */
  noise?: number;
  /** Gain and offset are drawn from Student's t of 3 degrees, of the same variance: heavier tails. */
  isHeavy?: boolean;
  /** Bursts inside windows, or beside them while asleep. */
  bursts?: 'windows' | 'sleep';
  /** Whether a known load is measured before the blocks, and whether its result corrects the gain. Default: measured only. */
  knownLoad?: 'none' | 'check' | 'apply';
  /** Within what instrument and method claim to bear, or gross. */
  isWithin?: boolean;
}

export interface Load {
  name: string;
  bigAmps: number;
  gateAmps: number;
  sleepAmps: number;
}

/** A Cortex-M4 of 10 mA, and one near threshold. */
export const loads: readonly Load[] = [
  { name: 'M4-like', bigAmps: 10e-3, gateAmps: 9.6e-3, sleepAmps: 7e-6 },
  { name: 'near threshold', bigAmps: 0.62e-3, gateAmps: 0.6e-3, sleepAmps: 2.5e-6 },
];

const fullTurn = 2 * Math.PI;
/** Sample periods of the two instruments, seconds: what samples instants does so at one of them. */
const periods = { ppk2: 1e-5, lpm01a: 2e-4 } as const;
export type ScepticMeter = keyof typeof periods;
export const scepticMeters = ['ppk2', 'lpm01a'] as const satisfies readonly ScepticMeter[];

/** All faults for an instrument. */
export const faultsOf = (meter: ScepticMeter): readonly Fault[] => [
  { name: 'none', isWithin: true },
  { name: 'none, gain from known load', knownLoad: 'apply', isWithin: true },
  { name: 'heavier tails (t, 3 degrees)', isHeavy: true, isWithin: true },
  { name: 'noise x 20', noise: 20, isWithin: true },
  {
    name: 'noise AR(1), 2 uA, 1 ms',
    disturbance: { slowNoise: { amps: 2e-6, seconds: 1e-3 } },
    isWithin: true,
  },
  { name: 'hum 50 Hz, 5 uA', disturbance: { humAmps: 5e-6 }, isWithin: true },
  {
    name: 'INL 0.4 %',
    disturbance: uniformly => ({ nonLinearity: { share: 4e-3, phase: fullTurn * uniformly() } }),
    isWithin: true,
  },
  {
    name: 'INL 0.4 %, gain from known load',
    disturbance: uniformly => ({ nonLinearity: { share: 4e-3, phase: fullTurn * uniformly() } }),
    knownLoad: 'apply',
    isWithin: true,
  },
  { name: 'drift of gain, 0.1 %/s', disturbance: { gainPerSecond: 1e-3 }, isWithin: true },
  { name: 'drift of offset, 0.05 uA/s', disturbance: { offsetAmpsPerSecond: 5e-8 }, isWithin: true },
  { name: 'range-up lag 10 us', disturbance: { lagSeconds: 1e-5 }, isWithin: true },
  { name: 'inrush 20 mA, 100 us', disturbance: { inrush: { amps: 0.02, seconds: 100e-6 } }, isWithin: true },
  { name: 'sag, 1 ohm', disturbance: { sagOhms: 1 }, isWithin: true },
  { name: 'bursts of 20 mA in windows, sleep 1 uA', bursts: 'windows', isWithin: true },
  { name: 'bursts of 20 mA in sleep of 1 uA', bursts: 'sleep', isWithin: true },
  { name: 'samples of instants', disturbance: { holdSeconds: periods[meter] }, isWithin: true },
  {
    name: 'samples of instants, bursts',
    disturbance: { holdSeconds: periods[meter] },
    bursts: 'windows',
    isWithin: true,
  },
  { name: 'gain +4 %, known load', gain: 0.04 },
  { name: 'gain +4 %, gain from known load', gain: 0.04, knownLoad: 'apply' },
  { name: 'gain +8 %, no known load', gain: 0.08, knownLoad: 'none' },
  { name: 'gain +8 %, known load', gain: 0.08 },
  { name: 'RC 200 us', disturbance: { rcSeconds: 200e-6 } },
  { name: 'RC 1 ms', disturbance: { rcSeconds: 1e-3 } },
  { name: 'latency 50 us', disturbance: { latencySeconds: 50e-6 } },
  { name: 'sag, 5 ohm', disturbance: { sagOhms: 5 } },
  { name: 'sag, 5 ohm, gain from known load', disturbance: { sagOhms: 5 }, knownLoad: 'apply' },
  { name: 'back-power 0.1 mA', disturbance: { backPowerAmps: 1e-4 } },
  { name: 'range-up lag 100 us', disturbance: { lagSeconds: 1e-4 } },
  { name: 'inrush 40 mA, 400 us', disturbance: { inrush: { amps: 0.04, seconds: 400e-6 } } },
  { name: 'clock +0.5 %', disturbance: { clockRelative: 5e-3 } },
];
