/**
 * `npm run bench:kernels`: cycles of the benchmark networks on every core, with the tuned kernels and with the C
 * reference kernel, in the engine that the firmware runs. `-- --json FILE` writes the figures, `-- --core m3,m4` and
 * `-- --net little` choose.
 */
import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { execa } from 'execa';
import { LittlefirstError } from '../../errors.js';
import { GoldenNetwork } from '../../model/golden.js';
import { packBundle } from '../../model/pack.js';
import type { Core } from '../../model/pack-kernels.js';
import { packagePath } from '../../package-root.js';
import { buildBenchImage, timeInference } from './kernel-image.js';
import { type BenchedNetwork, benchedNetworks, benchmarkBundle, benchmarkWindow } from './kernel-networks.js';
import { kernelReport } from './kernel-report.js';

const cores = ['m0p', 'm3', 'm4'] as const;
const kernelNames = { shipped: 'tuned', reference: 'reference' } as const;

/** One line of the JSON output. */
export interface KernelFigure {
  net: BenchedNetwork;
  core: Core;
  kernel: keyof typeof kernelNames;
  /** Best estimate of the timing model and the range that the manuals leave open. */
  cycles: number;
  lo: number;
  hi: number;
  instructions: number;
  macs: number;
  /** Text of all kernels of the core, whether the network needs them or not. */
  codeBytes: number;
  /** Arena: activations and scratch. */
  ramBytes: number;
}

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

async function measure(
  net: BenchedNetwork,
  core: Core,
  kernel: KernelFigure['kernel'],
): Promise<KernelFigure> {
  const { network, description } = benchmarkBundle(net);
  const packed = packBundle(
    { description, networks: [{ network }] },
    {
      ...{ core, kernels: kernelNames[kernel], flashBytes: 2 ** 18, ramArenaBytes: 2 ** 16 },
      levels: [{ name: 'only', millivolts: 1000, hertz: 1_000_000, registers: [] }],
    },
  );
  const window = benchmarkWindow();
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
  const image = await buildBenchImage(core, kernelNames[kernel]);
  const { scores, ...timing } = await timeInference(core, image, packed.blob, window);
  if (scores.join() !== expected.join()) {
    throw new LittlefirstError('LF_INTERNAL', `${net} on ${core} with ${kernel} kernels is not exact`, {
      expected: expected.join(' '),
      received: scores.join(' '),
    });
  }
  const { macs } = golden;
  return {
    ...{ net, core, kernel, ...timing, macs },
    ...{ codeBytes: await codeBytes(core, kernel), ramBytes: packed.arenaBytes },
  };
}

async function main(): Promise<void> {
  const options = new Command('bench:kernels')
    .option('--json <file>', 'write the figures')
    .addOption(new Option('--core <list>', 'cores, joined by commas').default(cores.join()))
    .addOption(new Option('--net <list>', 'networks, joined by commas').default(benchedNetworks.join()))
    .parse()
    .opts<{ json?: string; core: string; net: string }>();
  const figures: KernelFigure[] = [];
  for (const net of benchedNetworks.filter(name => options.net.split(',').includes(name)))
    for (const core of cores.filter(name => options.core.split(',').includes(name)))
      for (const kernel of ['shipped', 'reference'] as const) figures.push(await measure(net, core, kernel));
  console.log(kernelReport(figures));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, undefined, 1)}\n`);
}

await main();
