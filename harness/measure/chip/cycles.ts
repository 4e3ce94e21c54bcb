/** How well a timing model's cycles are known for one core, as a relative standard uncertainty (k = 1). */
export interface CycleUncertainty {
  u: number;
  source: string;
}

const unknownCore: CycleUncertainty = { u: 0.1, source: 'assumed: no yardstick for this core' };

/**
 * One number a core. Evidence: published cycle counts of assembler code on silicon against this project's timing models
 * (firmware/qemu-plugin/README.md); what the residuals of code with multiplications come to, root mean square, rounded up.
 */
const cores: Readonly<Record<string, CycleUncertainty>> = {
  'cortex-m0plus': {
    u: 0.05,
    source:
      'assumed: fixed instruction times, but misses of the flash cache are not modelled; Dhrystone +3 %',
  },
  'cortex-m3': {
    u: 0.06,
    source:
      'published cycles on STM32L100C, STM32F207 and SAM3X8E at zero wait states: AES, Saber, Dilithium without long multiplications, -2.6 to -7.8 %, rms 5 % (firmware/qemu-plugin/README.md)',
  },
  'cortex-m4f': {
    u: 0.025,
    source:
      'published cycles on STM32F407 at zero wait states: AES and Kyber NTT, -1.5 to -2.3 % (firmware/qemu-plugin/README.md)',
  },
};

/** @param core as chip profiles name it */
export function cycleUncertainty(core: string): CycleUncertainty {
  return cores[core] ?? unknownCore;
}
