/** How well a timing model's cycles are known for one core, as a relative standard uncertainty (k = 1). */
export interface CycleUncertainty {
  u: number;
  /** Fitted: to published counts of this core. */
  kind: 'fitted' | 'assumed';
  source: string;
}

const unknownCore: CycleUncertainty = {
  u: 0.1,
  kind: 'assumed',
  source: 'assumed: no yardstick for this core',
};

/**
 * One number a core, such that every published cycle count of assembler code on silicon lies within twice it of this project's timing
 * model (firmware/qemu-plugin/README.md), what operands leave open (`earlyStandard`) apart.
 */
const cores: Readonly<Record<string, CycleUncertainty>> = {
  'cortex-m0plus': {
    u: 0.05,
    kind: 'assumed',
    source:
      'assumed: fixed instruction times, but misses of the flash cache are not modelled; Dhrystone +3 %',
  },
  'cortex-m3': {
    u: 0.08,
    kind: 'fitted',
    source:
      '26 published cycle counts on STM32L100C, STM32F207 and SAM3X8E at zero wait states: AES, Saber, Kyber, Dilithium, +0.8 to -15.2 %, rms 7.2 % (firmware/qemu-plugin/README.md)',
  },
  'cortex-m4f': {
    u: 0.03,
    kind: 'fitted',
    source:
      '15 published cycle counts on STM32F407 and STM32L4R5 at zero wait states: AES, ML-KEM, +0.4 to -4.2 %, rms 2.6 % (firmware/qemu-plugin/README.md)',
  },
  'cortex-m33': {
    u: 0.12,
    kind: 'assumed',
    source:
      "assumed: counted as a Cortex-M4, since Arm publishes no times of the M33's instructions; figures of an M33 per MHz are 20 % (Dhrystone) and 18 % (CoreMark) above the M4's, so that the count is probably too high (firmware/qemu-plugin/README.md)",
  },
};

/** Standard deviation of a uniform distribution of width 1. */
const uniformStandard = 1 / Math.sqrt(12);

/**
 * Standard uncertainty that instructions which end early by their operands leave in a count of cycles: anywhere in their range, all
 * alike.
 * @param range highest less lowest count of those instructions
 */
export function earlyStandard(range: number): number {
  return range * uniformStandard;
}

/** @param core as chip profiles name it */
export function cycleUncertainty(core: string): CycleUncertainty {
  return cores[core] ?? unknownCore;
}
