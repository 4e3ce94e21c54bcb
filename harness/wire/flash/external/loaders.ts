import type { FlashRecipe, FlashStep } from './flasher.js';
import { type ProbeOptions, readBackSteps, type ToolOptions } from './probes.js';

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

/**
 * dfu-util with ST's DfuSe extension: it cannot verify, so everything is uploaded again and compared here. The last upload makes the
 * board leave its boot loader, which often ends the tool with "Error during download get_status" (particle-iot/device-os#599,
 * monome/crow#128): that is no failure once it said "Submitting leave request" (dfuse.c). The answer without a board was recorded.
 */
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
          const args = [...device, '-s', `${hex(address)}:${bytes}${leave}`, '-U', path];
          return {
            ...step(options, 'dfu-util', args),
            leaves: leave === '' ? undefined : /Submitting leave request/,
          };
        }),
      ];
    },
  };
}

/**
 * picotool 2: `load -v` reads back and compares; `--ser` takes the serial number that the board's boot loader shows. Texts from its
 * main.cpp ("  FAILED", "ERROR: The device contents did not match the file", status 245 in 2.3.1) and from recorded answers without a
 * board (status 249), which it breaks at the width of the terminal; older versions say "RP2040 devices" or "RP2040/RP2350 devices".
 */
export function picotoolRecipe(options: ProbeOptions): FlashRecipe {
  const device = ['--ser', options.serialNumber];
  return {
    name: 'picotool',
    verified: 'readback',
    judge: {
      mismatch: /device contents did not match the file/i,
      failed: /^ERROR:/m,
      /* From the last heading on: a search from every one would take the square. */
      done: /Verifying Flash(?:(?!Verifying Flash)[\s\S])*?^ *OK$/m,
      absent: /no accessible\s+RP[\w/-]*( series)?\s+devices?/i,
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
