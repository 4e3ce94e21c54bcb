import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { newBoard, usualMemory } from '../../campaign/new-board/new-board.js';
import { packagePath } from '../../package-root.js';
import type { PortFault } from './faults.js';

/** What a stranger changes beside `board.c`: file, text of the template, text in its place. */
const edits: readonly (readonly [file: string, from: string, to: string])[] = [
  [
    'port_config.h',
    '#define PORT_INTERRUPTS uart_handler,',
    '#define PORT_INTERRUPTS 0, 0, 0, 0, 0, uart_handler,',
  ],
  /* The first 256 bytes are the timing plugin's doorbell. */
  ['image.ld', 'ORIGIN = 0x20000000, LENGTH = 64K', 'ORIGIN = 0x20000100, LENGTH = 64K - 256'],
  ['port.mk', 'systick_time.c board.c', 'systick_time.c ports/common/pl011.c board.c'],
  ['board.yaml', 'hardware: a port', 'emulator: qemu\nmachine: lm3s6965\nhardware: a port'],
  ['bench.yaml', 'link: serial:/dev/ttyACM0', 'link: "emulated:"'],
  ['bench.yaml', 'flasher: none', 'flasher: auto'],
  [
    'chip.yaml',
    "millivolts: { value: 1200, u: 120, kind: assumed, source: 'from the template' }\n    hertz: { value: 48000000, uFactor: 1.01, kind: assumed, source: 'from the template' }",
    "millivolts: { value: 2500, kind: datasheet, source: 'LDOPCTL 0' }\n    hertz: { value: 50000000, kind: datasheet, source: '200 MHz / 4' }",
  ],
  ['chip.yaml', '{ mine: [0, 0, 0, 0] }', '{ mine: [3, 0, 0, 0] }'],
  [
    'chip.yaml',
    "millivolts: { value: 1200, u: 120, kind: assumed, source: 'from the template' }\n    hertz: { value: 24000000, uFactor: 1.01, kind: assumed, source: 'from the template' }",
    "millivolts: { value: 2250, kind: datasheet, source: 'LDOPCTL 5' }\n    hertz: { value: 25000000, kind: datasheet, source: '200 MHz / 8' }",
  ],
  ['chip.yaml', '{ mine: [1, 0, 0, 0] }', '{ mine: [7, 5, 0, 0] }'],
];

function replaced(text: string, from: string, to: string, what: string): string {
  if (text.split(from).length !== 2) throw new Error(`${what} does not hold this once: ${from}`);
  return text.replace(from, () => to);
}

/** Lines of the new text that the old one has not, comments and empty ones left out. */
function newLines(before: string, after: string): number {
  const left = new Map<string, number>();
  for (const line of before.split('\n')) left.set(line, (left.get(line) ?? 0) + 1);
  return after.split('\n').filter(line => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0 && line.trim() !== '' && !/^\s*(\/\*.*\*\/|\/\*\*|\*|#(?!include|define))/.test(line);
  }).length;
}

export interface StrangersBoard {
  folder: string;
  /** Lines that had to be written: of C, and in the files beside it. */
  lines: { c: number; others: number };
}

/** Writes the stranger's board by `board new` and fills it in, not built yet. @param into folder for its own folder */
export async function strangersBoard(into: string): Promise<StrangersBoard> {
  const { folder } = await newBoard({ name: 'mine', core: 'cortex-m3', ...usualMemory }, into);
  return { folder, lines: await fillIn(folder) };
}

/** Fills in what `board new mine --core cortex-m3` wrote, for QEMU's LM3S6965. @returns how many lines that took */
export async function fillIn(folder: string): Promise<StrangersBoard['lines']> {
  const template = await readFile(join(folder, 'board.c'), 'utf8');
  const filled = await readFile(packagePath('firmware', 'test', 'stranger', 'board.c'), 'utf8');
  await writeFile(join(folder, 'board.c'), filled);
  let others = 0;
  for (const [file, from, to] of edits) {
    const path = join(folder, file);
    const before = await readFile(path, 'utf8');
    const after = replaced(before, from, to, file);
    others += newLines(before, after);
    await writeFile(path, after);
  }
  return { c: newLines(template, filled), others };
}

/** Builds a board as its user does. */
export async function buildBoard(folder: string): Promise<void> {
  await execa('make', ['-s', '-j2', '-C', packagePath('firmware'), `BOARD=${folder}`], { timeout: 300_000 });
}

/** Puts a fault into the stranger's port. @returns a function that takes it out again */
export async function putIn(folder: string, { from, to, make }: PortFault): Promise<() => Promise<void>> {
  const right: [path: string, text: string][] = [];
  for (const [file, edit] of [
    ['board.c', { from, to }],
    ...(make ? [['port.mk', make] as const] : []),
  ] as const) {
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, replaced(text, edit.from, edit.to, file));
    right.push([path, text]);
  }
  return async () => {
    for (const [path, text] of right) await writeFile(path, text);
  };
}
