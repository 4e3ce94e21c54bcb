import { StructLayout } from './struct.js';

/**
 * The flash blob: a bundle in the form that the firmware reads in place. Little-endian; every section, table and
 * offset is 4-byte aligned. `firmware/core/blob_format.h` mirrors these records; a test compares the two.
 *
 *   header | section table | sections...
 *
 * The CRC-32 (IEEE 802.3, reflected, as in zip) of the header covers all bytes after the CRC field up to `totalBytes`.
 * Section offsets count from the start of the blob; offsets inside a network section count from that section's start.
 * Texts are NUL-padded; a text that fills its field has no NUL.
 */

export const blobMagic = 0x3142464c; // 'LFB1'
/** Raised with every change of a record below. */
export const blobVersion = 3;

export const sectionTypes = { window: 1, levels: 2, network: 3, strategy: 4, labels: 5 } as const;
export type SectionType = keyof typeof sectionTypes;

/** `maxArenaBytes`: the largest arena that any network needs. `crc32` covers everything from `version` on. */
export const headerLayout = new StructLayout({
  magic: 'u32',
  crc32: 'u32',
  version: 'u16',
  sectionCount: 'u16',
  totalBytes: 'u32',
  maxArenaBytes: 'u32',
  bundleName: ['char', 24],
});

/** `index` numbers the sections of one type from 0. `type` as in `sectionTypes`. */
export const sectionLayout = new StructLayout({ type: 'u16', index: 'u16', offset: 'u32', length: 'u32' });

export const windowDtypes = { int8: 0, uint8: 1, int16: 2 } as const;

/** WINDOW (one): samples x channels, row by row (all channels of a sample together). `bytes` of one window. */
export const windowLayout = new StructLayout({
  samples: 'u16',
  channels: 'u16',
  stride: 'u16',
  dtype: 'u8',
  reserved: 'u8',
  bytes: 'u32',
  sampleRateMilliHertz: 'u32',
});

/** LEVELS (one): u32 count, then that many of these. What the `registerCount` words mean is the port's business. */
export const levelLayout = new StructLayout({
  name: ['char', 16],
  millivolts: 'u32',
  hertz: 'u32',
  registerCount: 'u32',
  registers: ['u32', 4],
});

/** LABELS (one): u32 count, then that many of these. */
export const labelLayout = new StructLayout({ text: ['char', 24] });

/**
 * NETWORK (one each). All activations are int8 on the DUT: a uint8 network is packed as the int8 network with every
 * activation and its zero point lowered by 128, which is exact. `outputDtype` says what the file had;
 * `outputZeroPoint` is that of the int8 form; `outputScale` holds the bits of a float32.
 */
export const networkLayout = new StructLayout({
  name: ['char', 24],
  arenaBytes: 'u32',
  macs: 'u32',
  inputCount: 'u16',
  stepCount: 'u16',
  inputsOffset: 'u32',
  stepsOffset: 'u32',
  /** Arena offset of the output: `outputCount` int8 scores. */
  output: 'u32',
  outputCount: 'u16',
  outputDtype: 'u8',
  /** As in `networkFeeds`. */
  feed: 'u8',
  outputScale: 'u32',
  outputZeroPoint: 'i32',
});

/**
 * What a network is fed with: the current window; the previous one too; or the features of a `filtered` strategy, a window of one sample of 12
 * int16 channels. Only a strategy that computes features may run the last kind.
 */
export const networkFeeds = { window: 0, previous: 1, features: 2 } as const;

/** Most output elements of a network. */
export const maxOutputs = 65535;
/** Bytes of an arena that a step's offsets reach. */
export const maxArenaBytes = 65536 * 4;

/** How an input element comes from a window element. `flip` = with the sign bit inverted (uint8 <-> int8). */
export const inputModes = { copy: 0, flip: 1, affine: 2 } as const;
/** How several windows lie in an input: all rows of one after those of another, or value beside value. */
export const inputLayouts = { rows: 0, paired: 1 } as const;

/**
 * One input tensor: for each of `windows` (0 current, 1 previous) in order, for each sample in order, the listed
 * channels in order (`channelCount` 0: all channels of the window); `layout` paired puts the windows' values side by side instead. In mode `affine` `table` is the offset of one `affineLayout` per listed channel.
 */
export const inputLayout = new StructLayout({
  windowCount: 'u8',
  channelCount: 'u8',
  mode: 'u8',
  layout: 'u8',
  windows: ['u8', 4],
  channels: ['u8', 16],
  table: 'u32',
});

/** q = clamp((count * multiplier + bias) >> shift, -128, 127), the shift arithmetic; see `quantiseInput`. */
export const affineLayout = new StructLayout({ multiplier: 'i16', shift: 'u16', bias: 'i32' });

export const stepOps = {
  /** Fills `out` from the windows by input binding number `in`. */
  input: 0,
  conv: 1,
  depthwise: 2,
  fullyConnected: 3,
  maxPool: 4,
  averagePool: 5,
  mean: 6,
  reduceMax: 7,
  softmax: 8,
  /** `inH` rows of `inC` bytes, to rows that lie `outC` bytes apart; through a table of 256 (value + 128) if there is data. */
  copy: 9,
  /** Value by value from `in` and `in2`: requantised sum of two tables' entries (ADD and SUB), or product. */
  sum: 10,
  product: 11,
  /** `in` at row `padTop` and column `padLeft` of `out`, whose other values are `outZero`. */
  pad: 12,
  /** Rows and columns of `in` by number. */
  resize: 13,
} as const;
export type StepOp = keyof typeof stepOps;

/** Bits of `flags`. */
export const stepFlags = {
  /** Plain-layout weights are int16 (they left int8 when their zero point was taken off). */
  wideWeights: 1,
  /** Average pooling rounds as TFLite's uint8 kernel does: on q + 128, half up. */
  roundUnsigned: 2,
  /** The plain tables hold one multiplier and one shift, those of all channels. */
  oneScale: 4,
} as const;

/**
 * One step of a network's plan. Arena offsets and sizes are in words of 4 bytes; the output of a copy begins `outByte` bytes
 * into its word; an input step has the number of its binding in `inWord`. Tensors are rows x columns x
 * channels (H x W x C), channels together. `convH` x `convW` is the size before a fused max pool, `outH` x `outW`
 * after it; without one the pool fields are 1 x 1, stride 1, padding 0. Zero points and clamps are those of the int8
 * form. `dataWord` (offset in the section; `dataWords` long) holds what `kernel` wants: kernel 0 the plain tables of
 * `tables.ts`, others their own arrangement.
 *
 * - maxPool, averagePool: the filter is `kernelH` x `kernelW`, conv = out.
 * - mean, reduceMax: `inH` outer x `inW` reduced x `inC` inner elements; out has `inH` x `inC`.
 * - fullyConnected: `inW` rows of `inC` inputs to `inW` rows of `outC`.
 * - softmax: `inW` rows of `inC`.
 * - sum, product: three tensors of `inH` x `inW` x `inC`; pad, resize: `outC` = `inC`.
 */
export const stepLayout = new StructLayout({
  op: 'u8',
  kernel: 'u8',
  flags: 'u8',
  outByte: 'u8',
  inWord: 'u16',
  outWord: 'u16',
  scratchWord: 'u16',
  scratchWords: 'u16',
  dataWord: 'u32',
  dataWords: 'u32',
  in2Word: 'u16',
  inH: 'u16',
  inW: 'u16',
  inC: 'u16',
  outC: 'u16',
  convH: 'u16',
  convW: 'u16',
  outH: 'u16',
  outW: 'u16',
  kernelH: 'u16',
  kernelW: 'u16',
  strideH: 'u8',
  strideW: 'u8',
  padTop: 'u8',
  padLeft: 'u8',
  poolH: 'u8',
  poolW: 'u8',
  poolStrideH: 'u8',
  poolStrideW: 'u8',
  poolPadTop: 'u8',
  poolPadLeft: 'u8',
  inZero: 'i8',
  outZero: 'i8',
  clampMin: 'i8',
  clampMax: 'i8',
});

/** Strategy kinds; the record of every kind begins with `name` and `kind`. */
export const strategyKinds = { hold: 0, filtered: 1, score: 2 } as const;
export const gateTypes = {
  none: 0,
  'one-vs-rest': 1,
  'pair-net': 2,
  distance: 3,
  confidence: 4,
  drift: 5,
} as const;

/**
 * STRATEGY of kind `hold` (one section a strategy). `threshold`: of `distance`, the margin of `confidence`, or `changeAbove` of `drift` in Q15. A
 * `drift` gate's numbers follow as a `filteredLayout` in which only those of features and drift, and `flipChange`, count.
 */
export const holdLayout = new StructLayout({
  name: ['char', 24],
  kind: 'u8',
  big: 'u8',
  gate: 'u8',
  keep: 'u8',
  channelMask: 'u32',
  threshold: 'u32',
  refreshEvery: 'u16',
  hysteresis: 'u8',
  bigCap: 'u8',
  bigCapWindow: 'u8',
  networkCount: 'u8',
  networks: ['u8', 16],
  reserved: 'u16',
});

/** Little of a `filtered` strategy that has none. */
export const noNetwork = 255;
export const filteredFlags = { sharpenBig: 1 } as const;

/**
 * STRATEGY of kind `filtered`: `FeatureParameters` and `FilterParameters` as they are (probabilities in Q15), with what the firmware would have to
 * divide for: `decimationShift` and `meanShift` (log2 of the decimation and of the number of terms of a mean) and `flat` (the likelihood of a dynamic class when no network ran). The bytes of
 * `staticClasses` and `dynamicClasses` say which output of the networks is which class.
 */
export const filteredLayout = new StructLayout({
  name: ['char', 24],
  kind: 'u8',
  staticNetwork: 'u8',
  littleNetwork: 'u8',
  bigNetwork: 'u8',
  motionThreshold: 'u32',
  /** Order: step, gyro, acceleration. */
  offsets: ['u32', 3],
  staticBias: 'i32',
  dynamicBias: 'i32',
  staticWeights: ['i16', 14],
  dynamicWeights: ['i16', 14],
  scale: ['u16', 12],
  floor: 'u16',
  flipChange: 'u16',
  restartChange: 'u16',
  missing: 'u16',
  flat: 'u16',
  sure: 'u16',
  accept: 'u16',
  settleNear: 'u16',
  settleFar: 'u16',
  reject: 'u16',
  cap: 'u8',
  capWindow: 'u8',
  acceleration: ['u8', 3],
  gyro: ['u8', 3],
  decimationShift: 'u8',
  lag: 'u8',
  meanShift: 'u8',
  flags: 'u8',
  staticCount: 'u8',
  dynamicCount: 'u8',
  staticClasses: ['u8', 16],
  dynamicClasses: ['u8', 16],
});

export const scoreTypes = { reconstruction: 0, output: 1 } as const;

/**
 * STRATEGY of kind `score`: the numbers of `ScoreForm`. `input` is the arena offset of the network's input, which is kept until the end, of
 * type `reconstruction`; `output` the number of the output, of type `output`.
 */
export const scoreLayout = new StructLayout({
  name: ['char', 24],
  kind: 'u8',
  network: 'u8',
  type: 'u8',
  reserved: 'u8',
  threshold: 'u32',
  multiplier: 'u32',
  input: 'u32',
  output: 'u16',
  inputZero: 'i8',
  outputZero: 'i8',
});

/** Every record with the name of its C mirror, for the test that compares the two. */
export const blobRecords = {
  lf_blob_header: headerLayout,
  lf_section: sectionLayout,
  lf_window: windowLayout,
  lf_level: levelLayout,
  lf_label: labelLayout,
  lf_network: networkLayout,
  lf_input: inputLayout,
  lf_affine: affineLayout,
  lf_step: stepLayout,
  lf_hold: holdLayout,
  lf_filtered: filteredLayout,
  lf_score: scoreLayout,
} as const;
