import type { FlashRecipe, FlashStep } from './external.js';
import { type ProbeOptions, readBackSteps, type ToolOptions } from './external-probes.js';

const usualBudget = 120_000;
const hex = (value: number): string => `0x${value.toString(16)}`;

function step(
  options: ToolOptions,
  command: string,
  args: string[],
  phase: FlashStep['phase'] = 'write',
): FlashStep {
  return {
    phase,
    command: options.command ?? command,
    args,
    budgetMilliseconds: options.budgetMilliseconds ?? usualBudget,
  };
}

export interface DfuOptions extends ProbeOptions {
  /** USB vendor and product of the boot loader, e.g. `0483:df11`. */
  vendorProduct: string;
  /** Alternate setting of the flash; 0 on STM32. */
  alternate?: number;
}

/** dfu-util with ST's DfuSe extension: it cannot verify, so everything is uploaded again and compared here. */
export function dfuUtilRecipe(options: DfuOptions): FlashRecipe {
  const device = [
    '-d',
    options.vendorProduct,
    '-S',
    options.serialNumber,
    '-a',
    String(options.alternate ?? 0),
  ];
  return {
    name: 'dfu-util',
    verified: 'readback',
    judge: {
      failed: /dfu-util: (Error|Cannot|Could not)|Error during/i,
      absent: /No DFU capable USB device|More than one DFU/i,
      install: 'apt-get install dfu-util',
    },
    steps: async (segments, folder) => {
      const image = Math.min(...segments.map(({ address }) => address));
      /* The image comes last: reading it back ends with the jump into it. */
      const imageLast = [...segments].sort(
        (a, b) => Number(a.address === image) - Number(b.address === image),
      );
      return [
        ...segments.map(({ address, path }) =>
          step(options, 'dfu-util', [...device, '-s', hex(address), '-D', path]),
        ),
        ...readBackSteps(imageLast, folder, ({ address, bytes }, path) => {
          const leave = address === image ? ':leave' : '';
          return step(options, 'dfu-util', [...device, '-s', `${hex(address)}:${bytes}${leave}`, '-U', path]);
        }),
      ];
    },
  };
}

/** picotool 2: `load -v` reads back and compares; `--ser` takes the serial number that the board's boot loader shows. */
export function picotoolRecipe(options: ProbeOptions): FlashRecipe {
  const device = ['--ser', options.serialNumber];
  return {
    name: 'picotool',
    verified: 'readback',
    judge: {
      mismatch: /do(es)? not match|mismatch|verify failed/i,
      failed: /^ERROR:/m,
      done: /OK/,
      absent: /No accessible RP[- ]series devices|No accessible RP2040 devices|not be found/i,
      install: 'https://github.com/raspberrypi/picotool: build or install version 2',
    },
    steps: async segments => [
      ...segments.map(({ address, path }) =>
        step(options, 'picotool', ['load', '-v', path, '-t', 'bin', '-o', hex(address), ...device]),
      ),
      step(options, 'picotool', ['reboot', ...device], 'reset'),
    ],
  };
}
