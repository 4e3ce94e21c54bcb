import { markers } from '../../machine/machine.js';
import type { WaveformPiece } from '../../machine/waveform.js';
import type { Load } from './sceptic-faults.js';

/** What all cases have in common. Times in seconds. */
export const scene = {
  volts: 3.3,
  hertz: 48_000_000,
  windows: 60,
  periodSeconds: 1.28,
  gateSeconds: 0.93e-3,
  bigSeconds: 8.3e-3,
  /** Every how many windows of the cascade run Big. */
  bigEvery: 10,
  /** Cycles that the core computes before the marker rises and after it falls: the RP2040's. */
  wakingCycles: 316,
  fallingAsleepCycles: 78,
} as const;
const wakeSeconds = scene.wakingCycles / scene.hertz;
const fallSeconds = scene.fallingAsleepCycles / scene.hertz;

/** Bursts inside windows: current, length and period; and beside them, asleep. */
const bursts = {
  windows: { amps: 20e-3, seconds: 40e-6, everySeconds: 317e-6 },
  sleep: { amps: 20e-3, seconds: 20e-6, everySeconds: 7.3e-3 },
};
const burstSleepAmps = 1e-6;

export interface Scene {
  load: Load;
  bursts?: 'windows' | 'sleep';
  /** Energy that rushes in after each rise, joules: drawn by the window, it belongs to the truth. */
  inrush?: { amps: number; seconds: number };
  /** The candidate has a gate, and Big in a few windows only. */
  isGated: boolean;
}

const runsBig = (isGated: boolean, window: number) => !isGated || window % scene.bigEvery === 0;
export const sleepAmpsOf = ({ load, bursts: kind }: Scene): number =>
  kind === undefined ? load.sleepAmps : burstSleepAmps;

/** A stretch of work, with bursts in it where the scene has them. */
function busy(amps: number, marker: WaveformPiece['marker'], seconds: number, kind: Scene['bursts']) {
  if (kind !== 'windows') return [{ amps, marker, seconds }];
  const { amps: high, seconds: length, everySeconds } = bursts.windows;
  const pieces: WaveformPiece[] = [];
  for (let left = seconds; left > 0; left -= everySeconds) {
    const low = Math.min(left, everySeconds - length);
    pieces.push({ amps, marker, seconds: low });
    if (left > low) pieces.push({ amps: high, marker, seconds: Math.min(length, left - low) });
  }
  return pieces;
}

function asleep(seconds: number, of: Scene): WaveformPiece[] {
  const amps = sleepAmpsOf(of);
  if (of.bursts !== 'sleep') return [{ amps, marker: markers.idle, seconds }];
  const { amps: high, seconds: length, everySeconds } = bursts.sleep;
  const pieces: WaveformPiece[] = [];
  for (let left = seconds; left > 0; left -= everySeconds) {
    const low = Math.min(left, everySeconds - length);
    pieces.push({ amps, marker: markers.idle, seconds: low });
    if (left > low) pieces.push({ amps: high, marker: markers.idle, seconds: Math.min(length, left - low) });
  }
  return pieces;
}

function window(of: Scene, index: number): WaveformPiece[] {
  const { load, isGated, bursts: kind } = of;
  const awake = (seconds: number): WaveformPiece => ({ amps: load.gateAmps, marker: markers.idle, seconds });
  return [
    awake(wakeSeconds),
    ...(isGated ? busy(load.gateAmps, markers.gate, scene.gateSeconds, kind) : []),
    ...(runsBig(isGated, index) ? busy(load.bigAmps, markers.big, scene.bigSeconds, kind) : []),
    awake(fallSeconds),
  ];
}

/** One block as firmware and bench make it: baselines, windows between guards. @param guard seconds of idle beside a window */
export function script(of: Scene, idleSeconds: number, guard: () => number): WaveformPiece[] {
  const transfer: WaveformPiece = { amps: of.load.gateAmps, marker: markers.transfer, seconds: 0.02 };
  const baseline = [...asleep(idleSeconds, of), ...window(of, 0), ...asleep(idleSeconds, of), transfer];
  const block = Array.from({ length: scene.windows }, (_, i) => [
    ...asleep(guard(), of),
    ...window(of, i),
  ]).flat();
  return [transfer, ...baseline, ...block, ...asleep(guard(), of), transfer, ...baseline];
}

/** True mean energy (joules) and active time (seconds) of a window, sleep power (watts), and energy of a period. */
export function truthOf(of: Scene) {
  const { volts, windows, periodSeconds } = scene;
  const { isGated, inrush } = of;
  const coulombs = (pieces: readonly WaveformPiece[], isActive: boolean) =>
    pieces
      .filter(({ marker }) => (marker !== markers.idle) === isActive)
      .reduce((sum, { amps, seconds }) => sum + amps * seconds, 0);
  const mean = (value: (index: number) => number) =>
    Array.from({ length: windows }, (_, i) => value(i)).reduce((a, b) => a + b, 0) / windows;
  const rush = (inrush?.amps ?? 0) * (inrush?.seconds ?? 0);
  const joules = volts * (mean(i => coulombs(window(of, i), true)) + rush);
  const waking = volts * mean(i => coulombs(window(of, i), false));
  const seconds = mean(i => (isGated ? scene.gateSeconds : 0) + (runsBig(isGated, i) ? scene.bigSeconds : 0));
  const { amps, seconds: length, everySeconds } = bursts.sleep;
  const base = sleepAmpsOf(of);
  const sleepAmps = of.bursts === 'sleep' ? base + ((amps - base) * length) / everySeconds : base;
  const sleepWatts = volts * sleepAmps;
  const sleepSeconds = periodSeconds - seconds - wakeSeconds - fallSeconds;
  const period = joules + waking + sleepWatts * sleepSeconds;
  return { joules, seconds, sleepWatts, period };
}
