/** The table of limits in `docs/bring-your-own-model.md`, from the constants that enforce them. `npm run docs:limits` writes it there. */

import { z } from 'zod';
import { maxDescriptionBytes, maxModelBytes } from '../../model/bundle/file.js';
import {
  featureCount,
  labelBytes,
  maxChannels,
  maxFilteredLabels,
  maxGateSamples,
  maxInputWindows,
  maxLabels,
  maxListedChannels,
  maxMaskChannels,
  maxSamples,
  maxWindowBytes,
} from '../../model/bundle/limits.js';
import { bundleSchema } from '../../model/bundle/schema.js';
import { largestScaleRatio } from '../../model/bundle/score-form.js';
import { maxArenaBytes, maxOutputs } from '../../model/pack/blob.js';

const grouped = (value: number): string => value.toLocaleString('en-US');
const size = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : bytes >= 1024 ? `${bytes / 1024} KB` : `${bytes} bytes`;

/** Longest list of a property of the bundle. */
function longest(property: 'networks' | 'strategies'): number {
  const schema = z.toJSONSchema(bundleSchema, { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, { maxItems: number }>;
  };
  return schema.properties[property].maxItems;
}

/** As Markdown. */
export function limitsTable(): string {
  const rows: [what: string, limit: string][] = [
    ['rows of a window (`window.samples`)', grouped(maxSamples)],
    ['values of a row (`window.channels`)', grouped(maxChannels)],
    ['bytes of a window', size(maxWindowBytes)],
    [
      'labels',
      `${maxLabels}; ${maxFilteredLabels} with a \`filtered\` strategy; 2 with a \`score\` strategy`,
    ],
    ['bytes of a label', String(labelBytes)],
    ['networks, strategies of a bundle', `${longest('networks')}, ${longest('strategies')}`],
    ['channels that an input lists', `${maxListedChannels}, or \`all\``],
    ['windows that an input is made of', String(maxInputWindows)],
    ['output tensors of a network', '1'],
    ['values of an output', grouped(maxOutputs)],
    ['activations of a network', size(maxArenaBytes)],
    ['features of a `filtered` strategy', String(featureCount)],
    ['samples of a window that a gate computes distances or features of', grouped(maxGateSamples)],
    ['channels of a distance gate', `the first ${maxMaskChannels}`],
    ['input scale over output scale of a reconstruction score', `at most ${largestScaleRatio}`],
    ['`bundle.yaml`, a .tflite file', `${size(maxDescriptionBytes)}, ${size(maxModelBytes)}`],
  ];
  return [
    '| what | at most |',
    '| --- | --- |',
    ...rows.map(([what, limit]) => `| ${what} | ${limit} |`),
  ].join('\n');
}

/** What stands before and behind the table. */
const marks = ['<!-- limits: npm run docs:limits -->', '<!-- end of limits -->'] as const;

/** A guide's text with the table between its marks as it must be now. @throws Error without marks */
export function withLimits(guide: string): string {
  const [start, end] = marks.map(mark => guide.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`no ${marks.join(' ... ')} in the guide`);
  return `${guide.slice(0, start + marks[0].length)}\n\n${limitsTable()}\n\n${guide.slice(end)}`;
}
