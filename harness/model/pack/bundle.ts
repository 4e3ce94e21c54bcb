import { crc32 } from 'node:zlib';
import { LittlefirstError } from '../../errors.js';
import type { BundleDescription, WindowFormat } from '../bundle/schema.js';
import type { Network } from '../tflite/network.js';
import {
  blobMagic,
  blobVersion,
  headerLayout,
  labelLayout,
  levelLayout,
  type SectionType,
  sectionLayout,
  sectionTypes,
  windowDtypes,
  windowLayout,
} from './blob.js';
import { blobBudget, fastSteps, stepKey } from './budget.js';
import type { KernelChoice } from './kernels.js';
import { type PackedNetwork, packNetwork } from './network.js';
import type { Core, KernelLayout } from './step.js';
import { packStrategy } from './strategy.js';
import type { FieldTypes, StructLayout } from './struct.js';
import { joinTables } from './tables.js';

/** A voltage/frequency point as the board's port takes it. */
export interface PackLevel {
  name: string;
  millivolts: number;
  hertz: number;
  /** Up to four words whose meaning is the port's. */
  registers: readonly number[];
}

export interface PackOptions {
  core: Core;
  levels: readonly PackLevel[];
  /** Bytes of flash that the blob may take. */
  flashBytes: number;
  /** Bytes of RAM that the port keeps for activations. */
  ramArenaBytes: number;
  /** `tuned` (default): the fastest kernel of the core for every step, as far as the bundle's `blobBytes` allows. */
  kernels?: KernelChoice;
  /** Layouts to choose from instead of the registered ones; for every network, or for each by its number. */
  layouts?: readonly KernelLayout[] | ((network: number) => readonly KernelLayout[]);
}

/** What the packer needs of a bundle; `loadBundle` returns it and more. */
export interface PackableBundle {
  description: BundleDescription;
  networks: readonly { network: Network }[];
}

export interface PackedSection {
  type: SectionType;
  index: number;
  offset: number;
  bytes: number;
}

export interface PackedBundle {
  blob: Uint8Array;
  sections: PackedSection[];
  /** The largest arena that any network needs. */
  arenaBytes: number;
  perNetwork: {
    name: string;
    bytes: number;
    arenaBytes: number;
    macs: number;
    steps: PackedNetwork['steps'];
  }[];
}

const bytesOf = { int8: 1, uint8: 1, int16: 2 } as const;

function packWindow({ samples, channels, stride, dtype, sampleRateHz }: WindowFormat): Uint8Array {
  return windowLayout.encode({
    samples,
    channels: channels.length,
    stride,
    dtype: windowDtypes[dtype],
    reserved: 0,
    bytes: samples * channels.length * bytesOf[dtype],
    sampleRateMilliHertz: Math.round(sampleRateHz * 1000),
  });
}

function counted(records: readonly Uint8Array[]): Uint8Array {
  return joinTables(Int32Array.of(records.length), ...records);
}

/** Turns what a record cannot hold into the user's error. */
function encodeFor<F extends FieldTypes>(
  layout: StructLayout<F>,
  values: Parameters<StructLayout<F>['encode']>[0],
  what: string,
): Uint8Array {
  return forUser(what, () => layout.encode(values));
}

/** @throws LF_BUNDLE_INVALID where `encode` throws a RangeError */
function forUser(what: string, encode: () => Uint8Array): Uint8Array {
  try {
    return encode();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LittlefirstError('LF_BUNDLE_INVALID', `${what} does not fit the blob`, {
      received: (cause as Error).message,
      cause,
    });
  }
}

function packLevel({ name, millivolts, hertz, registers }: PackLevel): Uint8Array {
  const values = { name, millivolts, hertz, registerCount: registers.length, registers };
  return encodeFor(levelLayout, values, `Level "${name}"`);
}

function requireBudget(budget: 'flash' | 'RAM', needed: number, available: number, bundle: string): void {
  if (needed <= available) return;
  throw new LittlefirstError('LF_BUNDLE_TOO_LARGE', `Bundle ${bundle} does not fit the board's ${budget}`, {
    expected: `at most ${available} bytes of ${budget}`,
    received: `${needed} bytes`,
    hint:
      budget === 'flash'
        ? 'leave out networks or strategies, or take a smaller network'
        : 'take a smaller network',
    fields: { bundle, budget, needed, available },
  });
}

function assemble(
  parts: readonly { type: SectionType; index: number; bytes: Uint8Array }[],
  bundleName: string,
  maxArenaBytes: number,
): { blob: Uint8Array; sections: PackedSection[] } {
  let offset = headerLayout.bytes + parts.length * sectionLayout.bytes;
  const sections = parts.map(({ type, index, bytes }) => {
    const section = { type, index, offset, bytes: bytes.length };
    offset += Math.ceil(bytes.length / 4) * 4;
    return section;
  });
  const table = sections.map(({ type, index, offset: start, bytes }) =>
    sectionLayout.encode({ type: sectionTypes[type], index, offset: start, length: bytes }),
  );
  const header = headerLayout.encode({
    magic: blobMagic,
    crc32: 0,
    version: blobVersion,
    sectionCount: parts.length,
    totalBytes: offset,
    maxArenaBytes,
    bundleName,
  });
  const blob = joinTables(header, ...table, ...parts.map(({ bytes }) => bytes));
  const covered = blob.subarray(headerLayout.offsets.version);
  new DataView(blob.buffer).setUint32(headerLayout.offsets.crc32, crc32(covered), true);
  return { blob, sections };
}

/**
 * Packs a bundle into the flash blob that the firmware reads in place (layout: blob.ts).
 * @param bundle as `loadBundle` returns it
 * @throws LF_BUNDLE_TOO_LARGE naming the budget (flash or RAM), LF_MODEL_UNSUPPORTED naming network, operator and
 *   reason, LF_BUNDLE_INVALID when inputs do not fit the window or a text or number does not fit the blob
 */
export function packBundle(bundle: PackableBundle, options: PackOptions): PackedBundle {
  const { description } = bundle;
  const budget = blobBudget(description);
  if ((options.kernels ?? 'tuned') !== 'tuned' || budget === undefined)
    return assembleBundle(bundle, options, packNetworks(bundle, options));
  const tuned = assembleBundle(bundle, options, packNetworks(bundle, options));
  if (tuned.blob.length <= budget) return tuned;
  const small = packNetworks(bundle, { ...options, kernels: 'compact' });
  const fast = packNetworks(bundle, { ...options, kernels: 'lean' });
  const spare = budget - assembleBundle(bundle, options, small).blob.length;
  const chosen = fastSteps(description, small, fast, spare);
  return assembleBundle(
    bundle,
    options,
    packNetworks(bundle, options, (network, step) =>
      chosen.has(stepKey(network, step)) ? 'lean' : 'compact',
    ),
  );
}

function packNetworks(
  { description, networks }: PackableBundle,
  { core, layouts, kernels = 'tuned' }: PackOptions,
  choose: (network: number, step: number) => KernelChoice = () => kernels,
): PackedNetwork[] {
  return description.networks.map((entry, index) =>
    packNetwork(networks[index].network, description, entry, {
      ...{ core, layouts: typeof layouts === 'function' ? layouts(index) : layouts },
      kernels: step => choose(index, step),
    }),
  );
}

function assembleBundle(
  bundle: PackableBundle,
  options: PackOptions,
  networks: readonly PackedNetwork[],
): PackedBundle {
  const { description } = bundle;
  const packed = networks.map(({ inputOffset }, index) => ({
    network: bundle.networks[index].network,
    inputOffset,
  }));
  const labels = description.labels.map(text => encodeFor(labelLayout, { text }, `Label "${text}"`));
  const parts = [
    { type: 'window' as const, index: 0, bytes: forUser('The window', () => packWindow(description.window)) },
    { type: 'levels' as const, index: 0, bytes: counted(options.levels.map(packLevel)) },
    { type: 'labels' as const, index: 0, bytes: counted(labels) },
    ...networks.map(({ section }, index) => ({ type: 'network' as const, index, bytes: section })),
    ...description.strategies.map((strategy, index) => ({
      type: 'strategy' as const,
      index,
      bytes: forUser(`Strategy "${strategy.name}"`, () => packStrategy(strategy, description, packed)),
    })),
  ];
  const arenaBytes = networks.reduce((most, network) => Math.max(most, network.arenaBytes), 0);
  const { blob, sections } = assemble(parts, description.name, arenaBytes);
  requireBudget('flash', blob.length, options.flashBytes, description.name);
  requireBudget('RAM', arenaBytes, options.ramArenaBytes, description.name);
  return {
    blob,
    sections,
    arenaBytes,
    perNetwork: networks.map(({ section, inputOffset: _, ...facts }) => ({
      bytes: section.length,
      ...facts,
    })),
  };
}
