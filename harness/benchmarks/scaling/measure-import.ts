import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importRecordings } from '../../data/own/import.js';
import { openLayout } from '../../data/own/layouts/index.js';

/**
 * Child process of the benchmark. Arguments: megabytes (2^20 bytes) of text, files; makes a folder of CSV recordings of so many people, imports it, and prints
 * one JSON line. Nothing is held of what is made.
 */
const [megabytes, files] = process.argv.slice(2).map(Number);
const rateHz = 50;
const pieceRows = 1000;

/** A recording at 50 Hz that sways about gravity, m/s2. @returns its rows */
async function writeRecording(file: string, bytes: number): Promise<number> {
  const stream = createWriteStream(file);
  stream.write('time,ax,ay,az\n');
  let row = 0;
  while (stream.bytesWritten + stream.writableLength < bytes) {
    let piece = '';
    for (const end = row + pieceRows; row < end; row += 1) {
      const sway = Math.sin(row / 7);
      piece += `${(row * 1000) / rateHz},${sway.toFixed(5)},${(9.8 + sway / 2).toFixed(5)},${(sway * sway).toFixed(5)}\n`;
    }
    if (!stream.write(piece)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  return row;
}

const folder = await mkdtemp(join(tmpdir(), 'littlefirst-scaling-'));
try {
  const source = join(folder, 'source');
  await mkdir(source);
  let rows = 0;
  for (let i = 0; i < files; i += 1)
    rows += await writeRecording(
      join(source, `p${i}-${i % 4 < 2 ? 'sitting' : 'walking'}.csv`),
      (megabytes * 2 ** 20) / files,
    );
  const madeBytes = process.resourceUsage().maxRSS * 1024;
  const started = performance.now();
  const layout = await openLayout(source, {
    layout: 'csv',
    csv: {
      files: '{person}-{activity}.csv',
      channels: ['x', 'y', 'z'].map(axis => ({ name: `total_acc_${axis}`, column: `a${axis}` })),
      timeColumn: 'time',
      timeUnit: 'ms',
      acceleration: 'm/s2',
      gyroscope: 'deg/s',
      timing: 'refuse',
    },
  });
  const { splits } = await importRecordings(layout, {
    layoutName: 'csv',
    source,
    out: join(folder, 'set'),
    name: 'scaling',
    window: { samples: 128, stride: 64 },
    test: Array.from({ length: files >> 1 }, (_, i) => `p${2 * i + 1}`),
    rename: {},
    rateHz,
  });
  const seconds = (performance.now() - started) / 1e3;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const imported = splits.train.rows + splits.test.rows;
  process.stdout.write(
    `${JSON.stringify({ megabytes, files, rows, imported, seconds, madeBytes, peakBytes })}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
