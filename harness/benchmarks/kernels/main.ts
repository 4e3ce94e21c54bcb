/**
 * `npm run bench:kernels`: cycles of the benchmark networks on every core, with the tuned kernels and with the C
 * reference kernel, in the engine that the firmware runs. `-- --json FILE` writes the figures, `-- --core m3,m4` and
 * `-- --net little` and `-- --kernel shipped` choose, `-- --steps` gives each step of a network by itself, `-- --models DIR` takes MLPerf Tiny's reference files instead of stand-ins, `-- --bundle DIR` takes the networks of a bundle instead (on the Cortex-M3 and M0+ the weights
 * decide how often accumulators must be flushed).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { execa } from 'execa';
import { LittlefirstError } from '../../errors.js';
import { GoldenNetwork } from '../../model/golden/network.js';
import { loadBundle } from '../../model/load.js';
import { type PackedBundle, packBundle } from '../../model/pack/bundle.js';
import type { Core } from '../../model/pack/step.js';
import { readTflite } from '../../model/tflite/read.js';
import { packagePath } from '../../package-root.js';
import {
  type TinyName,
  tinyBundle,
  tinyFiles,
  tinyNames,
  tinyNetwork,
  tinyWindows,
} from '../../testing/model/tiny.js';
import { cores, type KernelFigure, kernelNames } from './figure.js';
import { buildBenchImage, type Timing, timeInference } from './image.js';
import { benchedNetworks, benchmarkBundle, benchmarkWindow, bigOnly } from './networks.js';
import { kernelReport } from './report.js';
import { type StepFigure, stepFigures, stepReport } from './steps.js';

async function codeBytes(core: Core, kernel: KernelFigure['kernel']): Promise<number> {
  const name = `code-${core}${kernel === 'reference' ? '-reference' : ''}.o`;
  await execa('make', [
    '-s',
    '-C',
    packagePath('firmware', 'test', 'kernels'),
    `../../build/kernels/${name}`,
  ]);
  const { stdout } = await execa('arm-none-eabi-size', [packagePath('firmware', 'build', 'kernels', name)]);
  return Number(stdout.split('\n')[1].trim().split(/\s+/)[0]);
}

type Benched = ReturnType<typeof benchmarkBundle> & { window: Int8Array };

/** Wherever the file of a reference model may lie: MLPerf Tiny's in the folder that is named; else a stand-in of the same shapes. */
async function tiny(name: TinyName, models: string | undefined): Promise<Benched> {
  const [window] = tinyWindows(name, 1);
  const description = tinyBundle(name);
  if (models === undefined) return { network: tinyNetwork(name), description, window };
  const path = join(models, tinyFiles[name].file);
  return { network: readTflite(await readFile(path), name), description, window };
}

/** The networks of a bundle that read the current window alone. */
async function ofBundle(folder: string): Promise<Benched[]> {
  const { description, networks } = await loadBundle(folder);
  if (description.window.dtype !== 'int8') {
    throw new LittlefirstError('LF_BUNDLE_INVALID', `${description.name} cannot be benchmarked`, {
      expected: 'windows of int8',
      received: description.window.dtype,
    });
  }
  return networks
    .map(({ network }, index) => ({ network, entry: description.networks[index] }))
    .filter(({ entry }) => entry.inputs.every(({ windows }) => windows.join() === 'current'))
    .map(({ network, entry }) => ({
      network,
      description: { ...description, networks: [entry], strategies: [bigOnly(entry.name)] },
      window: benchmarkWindow(),
    }));
}

/** A benchmark network in a blob for a core, run in an image; its scores are held to the golden interpreter's. */
async function runExactly(
  { network, description, window }: Benched,
  core: Core,
  kernels: 'tuned' | 'reference',
  image: Parameters<typeof buildBenchImage>[1],
): Promise<{ net: string; macs: number; packed: PackedBundle; timings: Timing[] }> {
  const net = description.networks[0].name;
  const packed = packBundle(
    { description, networks: [{ network }] },
    {
      ...{ core, kernels, flashBytes: 2 ** 22, ramArenaBytes: 2 ** 18 },
      levels: [{ name: 'only', millivolts: 1000, hertz: 1_000_000, registers: [] }],
    },
  );
  const golden = new GoldenNetwork(network);
  const inputs = description.networks[0].inputs.map(({ channels }) =>
    Int8Array.from(
      { length: description.window.samples * channels.length },
      (_, i) =>
        window[
          Math.floor(i / channels.length) * description.window.channels.length + channels[i % channels.length]
        ],
    ),
  );
  const expected = [...golden.run(inputs)[0]];
  const built = await buildBenchImage(core, image);
  const { scores, timings } = await timeInference(core, built, packed.blob, window);
  if (scores.join() !== expected.join()) {
    throw new LittlefirstError('LF_INTERNAL', `${net} on ${core} with ${kernels} kernels is not exact`, {
      expected: expected.join(' '),
      received: scores.join(' '),
    });
  }
  return { net, macs: golden.macs, packed, timings };
}

async function measure(benched: Benched, core: Core, kernel: KernelFigure['kernel']): Promise<KernelFigure> {
  const kernels = kernelNames[kernel];
  const { net, macs, packed, timings } = await runExactly(benched, core, kernels, kernels);
  return {
    ...{ net, core, kernel, ...timings[0], macs },
    ...{ codeBytes: await codeBytes(core, kernel), ramBytes: packed.arenaBytes },
  };
}

async function measureSteps(benched: Benched, core: Core): Promise<StepFigure[]> {
  const { net, packed, timings } = await runExactly(benched, core, 'tuned', 'steps');
  return stepFigures(net, core, benched.network, packed, timings);
}

const allNetworks = [...benchedNetworks, ...tinyNames];

async function main(): Promise<void> {
  const options = new Command('bench:kernels')
    .option('--json <file>', 'write the figures')
    .option('--bundle <folder>', 'networks of a bundle with int8 windows instead of the made-up ones')
    .addOption(new Option('--core <list>', 'cores, joined by commas').default(cores.join()))
    .option('--models <folder>', 'MLPerf Tiny reference files instead of stand-ins of their shapes')
    .addOption(new Option('--net <list>', 'networks, joined by commas').default(allNetworks.join()))
    .addOption(new Option('--kernel <list>', 'shipped, reference').default('shipped,reference'))
    .option('--steps', 'each step of a network by itself, with the tuned kernels')
    .parse()
    .opts<{
      json?: string;
      core: string;
      net: string;
      bundle?: string;
      models?: string;
      kernel: string;
      steps?: true;
    }>();
  const wanted = options.net.split(',');
  const networks =
    options.bundle === undefined
      ? [
          ...benchedNetworks
            .filter(name => wanted.includes(name))
            .map(name => ({ ...benchmarkBundle(name), window: benchmarkWindow() })),
          ...(await Promise.all(
            tinyNames.filter(name => wanted.includes(name)).map(name => tiny(name, options.models)),
          )),
        ]
      : await ofBundle(options.bundle);
  const chosen = cores.filter(name => options.core.split(',').includes(name));
  const runs = networks.flatMap(net => chosen.map(core => [net, core] as const));
  const figures: (KernelFigure | StepFigure)[] = [];
  if (options.steps) {
    for (const [net, core] of runs) {
      const steps = await measureSteps(net, core);
      console.log(`${stepReport(steps)}\n`);
      figures.push(...steps);
    }
  } else {
    const kernels = (['shipped', 'reference'] as const).filter(one => options.kernel.includes(one));
    const whole: KernelFigure[] = [];
    for (const [net, core] of runs)
      for (const kernel of kernels) whole.push(await measure(net, core, kernel));
    console.log(kernelReport(whole));
    figures.push(...whole);
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, undefined, 1)}\n`);
}

await main();
