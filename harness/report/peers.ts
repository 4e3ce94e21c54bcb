/** What one window of the published Big (three inputs) takes in another runtime: core cycles, with the ends of the timing model's range. */
export interface PeerRuntime {
  name: string;
  /** What it is, how it was built, and what its count leaves out. */
  what: string;
  /** By core, as chip profiles name it. */
  cycles: Readonly<Record<string, { value: number; low: number; high: number }>>;
}

/** Multiply-adds of the published Big; a `big-only` block of as many runs a network of its shape. */
export const publishedBigMacs = 161_856;

/**
 * Kind: modelled. An earlier study on a timing model of the same rules as this project's (firmware/qemu-plugin/README.md): gcc 12.2 -O3, zero
 * wait states, random int8 weights, one inference alone. The ends differ by what a taken branch costs.
 */
export const peerRuntimes: readonly PeerRuntime[] = [
  {
    name: 'NNoM 0.4.3',
    what: "the paper's own runtime, the authors' copy (commit 5821765), local q7 kernels, shifts a tensor in place of TFLite's arithmetic",
    cycles: {
      'cortex-m3': { value: 2_649_199, low: 2_593_619, high: 3_104_765 },
      'cortex-m4f': { value: 2_479_245, low: 2_423_725, high: 2_930_734 },
    },
  },
  {
    name: 'CMSIS-NN',
    what: 'commit 99f736a, int8, called without an interpreter, exact TFLite arithmetic',
    cycles: {
      'cortex-m3': { value: 1_443_480, low: 1_429_770, high: 1_661_608 },
      'cortex-m4f': { value: 1_053_008, low: 1_050_724, high: 1_188_608 },
    },
  },
  {
    name: 'TFLM reference',
    what: 'tflite-micro commit 90b983c, reference kernels without their interpreter, exact TFLite arithmetic',
    cycles: {
      'cortex-m3': { value: 2_820_852, low: 2_789_165, high: 3_323_199 },
      'cortex-m4f': { value: 2_581_238, low: 2_555_863, high: 3_064_958 },
    },
  },
];

/**
 * How many times fewer cycles than a peer's Big a window takes, with an interval: the ends of the peer's range over ours, two standard
 * uncertainties of the core's timing model off. Both counts come of models of one kind, whose errors partly cancel: the interval is on the wide side.
 * @param cyclesPerWindow ours between the markers: all stages, wait states included, receiving and answering not
 * @param u relative standard uncertainty of the core's cycles (`cycleUncertainty`)
 */
export function peerFactor(
  peer: { value: number; low: number; high: number },
  cyclesPerWindow: number,
  u: number,
): { value: number; low: number; high: number } {
  return {
    value: peer.value / cyclesPerWindow,
    low: peer.low / (cyclesPerWindow * (1 + 2 * u)),
    high: peer.high / (cyclesPerWindow * (1 - 2 * u)),
  };
}
