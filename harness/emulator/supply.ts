import { LittlefirstError } from '../errors.js';
import { type Machine, type Marker, markers, type PowerEvent } from '../machine/machine.js';
import type { WaveformSegment, WaveformSource } from '../machine/waveform.js';
import {
  activeMicroamps,
  type CoreActivity,
  crystalMicroamps,
  sleepMicroamps,
} from '../measure/chip/current.js';
import type { ChipLevel, ChipProfile } from '../measure/chip/schema.js';

/** The modelled supply of one emulated chip. */
export interface Supply extends WaveformSource {
  /** Takes the machine's power events, in order (pass it to `Machine.onPower`). */
  push(events: readonly PowerEvent[]): void;
  /** Sends the waveform up to a time at which nothing has changed since the last event. */
  advance(timeNs: number): void;
  /**
   * Switches the supply; off draws nothing, and a board that comes back starts awake at level 0 with markers idle. Switch a board and its supply with
   * `switchBoard`.
   */
  power(on: boolean): void;
}

/**
 * Switches a board and its modelled supply: the supply is there before the board starts and until it has stopped, so that nothing the board does at its start is
 * forgotten.
 */
export async function switchBoard(
  machine: Pick<Machine, 'power'>,
  supply: Pick<Supply, 'power'>,
  on: boolean,
): Promise<void> {
  if (on) supply.power(true);
  await machine.power(on);
  if (!on) supply.power(false);
}

const markerActivity: Record<Marker, CoreActivity> = {
  [markers.idle]: 'idle',
  [markers.gate]: 'gate',
  [markers.big]: 'big',
  [markers.transfer]: 'transfer',
};

function atVoltage(level: ChipLevel, millivolts: number | undefined): ChipLevel {
  if (millivolts === undefined || millivolts === level.millivolts.value) return level;
  return { ...level, millivolts: { ...level.millivolts, value: millivolts } };
}

/**
 * Turns power events into a piecewise-constant current, a segment between two of them. Deterministic, however the events are batched; keeps only the present state. The chip's wake-up
 * time lies before the wake event, because the core's first instruction comes after it.
 * @param chip the electrical model
 * @param levels the levels in the order of the blob's level table, which `level` events index
 */
export function createSupply(chip: ChipProfile, levels: readonly ChipLevel[]): Supply {
  const listeners = new Set<(segments: readonly WaveformSegment[]) => void>();
  let nowNs = 0;
  let level = 0;
  let marker: Marker = markers.idle;
  /** Of inputs that are not wired to the markers. */
  let logic: Marker | undefined;
  let asleep = false;
  let depth = 0;
  let onCrystal = false;
  /** Core voltage while a change of level is under way, millivolts. */
  let changing: number | undefined;
  let powered = true;
  let batch: WaveformSegment[] = [];

  const amps = (): number => {
    if (!powered) return 0;
    const here = atVoltage(levels[level], changing);
    if (asleep) return 1e-6 * sleepMicroamps(chip, here, depth);
    const awake = onCrystal ? crystalMicroamps : activeMicroamps;
    return 1e-6 * awake(chip, here, markerActivity[marker]);
  };
  /** What charges the capacitor of a core voltage that rises, over the time since the last event that is the change's. */
  const charge = (timeNs: number, next: number): void => {
    const rise = Math.max(0, levels[next].millivolts.value - levels[level].millivolts.value) * 1e-3;
    if (chip.levelChange === undefined || rise === 0 || timeNs <= nowNs) return;
    const { microseconds, microjoulesPerVolt } = chip.levelChange;
    const seconds = Math.min(microseconds.value * 1e-6, (timeNs - nowNs) * 1e-9);
    emit(timeNs - seconds * 1e9, amps());
    const volts = chip.supply.millivolts.value * 1e-3;
    emit(timeNs, amps() + (microjoulesPerVolt.value * rise * 1e-6) / volts / seconds);
  };
  const emit = (endNs: number, current: number): void => {
    if (endNs <= nowNs) return;
    batch.push({ startNs: nowNs, endNs, amps: current, logic: logic ?? marker });
    nowNs = endNs;
  };
  const flush = (): void => {
    if (batch.length === 0) return;
    const segments = batch;
    batch = [];
    for (const listener of listeners) listener(segments);
  };
  const restart = (): void => {
    marker = markers.idle;
    logic &&= markers.idle;
    asleep = false;
    onCrystal = false;
    changing = undefined;
    level = 0;
  };
  const apply = (event: PowerEvent): void => {
    if (event.kind === 'begin') {
      nowNs = event.timeNs;
      restart();
      return;
    }
    if (event.timeNs < nowNs) {
      throw new LittlefirstError('LF_INTERNAL', 'a power event lies in the past', {
        expected: `a time of at least ${nowNs} ns`,
        received: `${event.kind} at ${event.timeNs} ns`,
      });
    }
    if (event.kind === 'wake' && asleep && powered) {
      const { microseconds, microamps } = (chip.sleep.states?.[depth - 1] ?? chip).wake;
      emit(event.timeNs - microseconds.value * 1e3, amps());
      emit(event.timeNs, Math.max(microamps.value * 1e-6, amps()));
    }
    if (event.kind === 'level' && event.value !== level && event.value < levels.length)
      charge(event.timeNs, event.value);
    emit(event.timeNs, amps());
    if (event.kind === 'marker') marker = (event.value & 3) as Marker;
    else if (event.kind === 'logic') logic = (event.value & 3) as Marker;
    else if (event.kind === 'sleep') {
      asleep = true;
      depth = event.value;
    } else if (event.kind === 'clock') onCrystal = event.value === 1;
    else if (event.kind === 'volts') changing = event.value;
    else if (event.kind === 'wake') asleep = false;
    else if (event.kind === 'reset') restart();
    else if (event.value >= 0 && event.value < levels.length) {
      level = event.value;
      changing = undefined;
    } else {
      throw new LittlefirstError(
        'LF_EMULATOR_FAILED',
        'the board set a level that the chip profile does not have',
        {
          expected: `0 to ${levels.length - 1}`,
          received: String(event.value),
        },
      );
    }
  };

  return {
    get nowNs() {
      return nowNs;
    },
    push(events) {
      for (const event of events) apply(event);
      flush();
    },
    advance(timeNs) {
      emit(timeNs, amps());
      flush();
    },
    power(on) {
      powered = on;
      restart();
    },
    onSegments(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
