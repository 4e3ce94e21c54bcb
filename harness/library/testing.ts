/**
 * `littlefirst/testing`: emulated boards and instruments, for people who test meter code, drivers or firmware of their own.
 * An instrument speaks the real one's bytes and is fed by a waveform that the test knows; a board runs a real image.
 */

export { type Board, loadBoard } from '../campaign/bench/boards.js';
export { createMachine, type EmulatedBoard, type EmulatedBoardOptions } from '../campaign/open/machines.js';
export { DirectMeter } from '../emulator/instruments/direct.js';
export { constantLoad, Load, type LoadPiece, parseWaveform } from '../emulator/instruments/load.js';
export {
  type EmulatedInstrument,
  type EmulatedInstrumentOptions,
  type EmulatedMeterDriver,
  emulatedInstruments,
  emulatedMeterDrivers,
  openEmulatedMeter,
} from '../emulator/instruments/open.js';
export { type Served, serveTcp, serveTerminal } from '../emulator/instruments/serve.js';
export { type Firmware, loadFirmware } from '../emulator/manifest.js';
export { createSupply, type Supply } from '../emulator/supply.js';
export { LittlefirstError } from '../errors.js';
export {
  type Machine,
  type MachineOptions,
  type Marker,
  type MemorySegment,
  markers,
  type PowerEvent,
} from '../machine/machine.js';
export {
  ScriptedSource,
  type WaveformPiece,
  type WaveformSegment,
  type WaveformSource,
} from '../machine/waveform.js';
export { loadChip } from '../measure/chip/profile.js';
export type { Meter, MeterConfig, MeterIdentity, MeterStatus, SampleChunk } from '../measure/meter/meter.js';
