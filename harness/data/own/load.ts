import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LittlefirstError } from '../../errors.js';
import type { Order, Split, WindowGrid, WindowSet } from '../types.js';
import { sealWindowSet, unscored } from '../window-set.js';
import { type Manifest, manifestFileName, manifestSchema, mostSampleBytes } from './manifest.js';
import { openFile } from './source-files.js';
import { labelsFileName, samplesFileName } from './writer.js';

const mostManifestBytes = 256 * 2 ** 20;

function corrupt(file: string, expected: string, received: string): LittlefirstError {
  return new LittlefirstError('LF_DATA_CORRUPT', `${file} is not what \`littlefirst data import\` wrote`, {
    expected,
    received,
    hint: 'import the recordings again',
    fields: { file },
  });
}

/** A whole regular file. @throws LF_DATA_MISSING, LF_DATA_CORRUPT */
async function readWhole(file: string, mostBytes: number, bytes?: number): Promise<ArrayBuffer> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    if (size > mostBytes || (bytes !== undefined && size !== bytes))
      throw corrupt(file, `${bytes ?? `at most ${mostBytes}`} bytes`, `${size} bytes`);
    const content = new ArrayBuffer(size);
    const view = new Uint8Array(content);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(view, at, Math.min(size - at, 2 ** 30), at);
      if (bytesRead === 0) throw corrupt(file, `${size} bytes`, `${at} bytes`);
      at += bytesRead;
    }
    return content;
  } finally {
    await handle.close();
  }
}

/**
 * The manifest of an imported data set.
 * @throws LF_DATA_MISSING when the folder holds none, LF_DATA_CORRUPT
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, manifestFileName);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(await readWhole(file, mostManifestBytes)));
  } catch (error) {
    if (error instanceof SyntaxError) throw corrupt(file, 'JSON', error.message);
    if (!(error instanceof LittlefirstError) || error.code !== 'LF_DATA_MISSING') throw error;
    throw new LittlefirstError('LF_DATA_MISSING', `There is no data set in ${folder}`, {
      expected: `uci-har, hapt, synthetic, or a folder with a ${manifestFileName}`,
      received: error.detail.received,
      hint: 'make one with `littlefirst data import`',
      fields: { folder },
      cause: error,
    });
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw corrupt(file, message, `another value of ${path.join('.')}`);
}

/** How the set is cut into windows. */
export const gridOf = ({ window, channels, classes }: Manifest): WindowGrid => ({
  ...window,
  channels: channels.map(({ name }) => name),
  classes,
});

async function readSplit(folder: string, manifest: Manifest, split: Split) {
  const { rows, samples, labels } = manifest.splits[split];
  const check = async (name: string, bytes: number, sha256: string): Promise<ArrayBuffer> => {
    const file = join(folder, name);
    const content = await readWhole(file, mostSampleBytes, bytes);
    const found = createHash('sha256').update(new Uint8Array(content)).digest('hex');
    if (found !== sha256) throw corrupt(file, `SHA-256 ${sha256}`, `SHA-256 ${found}`);
    return content;
  };
  const bytes = await check(samplesFileName(split), 4 * rows * manifest.channels.length, samples);
  const classes = new Uint8Array(await check(labelsFileName(split), rows, labels));
  const values = new Float32Array(bytes);
  const strange = classes.findIndex(label => label !== unscored && label >= manifest.classes.length);
  if (strange >= 0)
    throw corrupt(
      join(folder, labelsFileName(split)),
      `classes below ${manifest.classes.length}, or ${unscored}`,
      `${classes[strange]} at row ${strange}`,
    );
  const broken = values.findIndex(value => !Number.isFinite(value));
  if (broken >= 0)
    throw corrupt(join(folder, samplesFileName(split)), 'numbers', `${values[broken]} at value ${broken}`);
  return { values, classes };
}

/**
 * Loads an imported data set: a window every `stride` rows of each recording, from its first row. A window whose rows all have one class has
 * it; others are not scored. Recordings come in the order of the import; `chronological` resets at each, `published` only at 0.
 * @throws LF_DATA_MISSING, LF_DATA_CORRUPT
 */
export async function loadOwn(folder: string, split: Split, order: Order): Promise<WindowSet> {
  const manifest = await readManifest(folder);
  const { values, classes } = await readSplit(folder, manifest, split);
  const { samples, stride } = manifest.window;
  const starts: number[] = [];
  const labels: number[] = [];
  const subjects: number[] = [];
  const resets: number[] = [];
  let base = 0;
  for (const { person, rows } of manifest.splits[split].recordings) {
    if (rows >= samples) resets.push(starts.length);
    for (let at = base; at + samples <= base + rows; at += stride) {
      starts.push(at);
      labels.push(labelOf(classes, at, samples));
      subjects.push(person + 1);
    }
    base += rows;
  }
  if (starts.length === 0)
    throw corrupt(join(folder, manifestFileName), `windows of ${samples} rows`, 'none');
  return sealWindowSet({
    name: manifest.name,
    grid: gridOf(manifest),
    split,
    order,
    samples: values,
    starts: Uint32Array.from(starts),
    labels: Uint8Array.from(labels),
    subjects: Uint16Array.from(subjects),
    people: manifest.people.map(({ name }) => name),
    resets: order === 'chronological' ? Uint32Array.from(resets) : Uint32Array.of(0),
  });
}

function labelOf(classes: Uint8Array, at: number, samples: number): number {
  for (let row = at + 1; row < at + samples; row++) if (classes[row] !== classes[at]) return unscored;
  return classes[at];
}
