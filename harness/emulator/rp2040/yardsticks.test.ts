import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { execa } from 'execa';
import {
  beginWord,
  bodyOf,
  canAssemble,
  endWord,
  loadYardsticks,
  type Yardstick,
  yardsticksFolder,
} from '../../testing/timing/yardsticks.js';
import { Rp2040Board } from './board.js';
import { RegisterBlock } from './registers.js';

const flashBase = 0x10000000;
const bootBytes = 0x100;
/** A page of the peripheral bus on which the RP2040 has nothing. */
const marksPage = 0x40068;

/** Cycles at each store to a word of the page that the yardsticks' r7 points to. */
class Marks extends RegisterBlock {
  readonly begins: number[] = [];
  readonly ends: number[] = [];

  constructor(private readonly cycles: () => number) {
    super();
  }

  override readUint32(): number {
    return 0;
  }

  override writeUint32(offset: number): void {
    if (offset === 4 * beginWord) this.begins.push(this.cycles());
    if (offset === 4 * endWord) this.ends.push(this.cycles());
  }
}

/** The yardsticks' frame for the RP2040: vectors behind the boot loader, no FPU to switch on, WFI at the end. */
async function assemble(snippets: readonly Pick<Yardstick, 'setup' | 'code'>[]): Promise<Uint8Array> {
  const work = await mkdtemp(join(tmpdir(), 'littlefirst-yardsticks-'));
  try {
    const frame = (await readFile(join(yardsticksFolder, 'frame.S.in'), 'utf8'))
      .replace(/ldr r0, =0xe000ed88[\s\S]*?str r1, \[r0\]/, '')
      .replace('ldr r7, =0x20000000', `ldr r7, =0x${marksPage.toString(16)}000`)
      .replace('bkpt 0xab', 'wfi');
    const source = frame.replace('@BODY@', () => bodyOf(snippets)).replaceAll('b.w ', 'b ');
    const [assembly, elf, binary] = ['x.S', 'x.elf', 'x.bin'].map(name => join(work, name));
    await writeFile(assembly, source);
    const flags = ['-mcpu=cortex-m0plus', '-mthumb', '-nostdlib'];
    const address = `0x${(flashBase + bootBytes).toString(16)}`;
    await execa('arm-none-eabi-gcc', [...flags, `-Wl,-Ttext=${address},-e,start`, assembly, '-o', elf]);
    await execa('arm-none-eabi-objcopy', ['-O', 'binary', elf, binary]);
    return await readFile(binary);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Cycles of each snippet on the emulated RP2040, without the frame around it. */
async function timeSnippets(snippets: readonly Yardstick[], translates: boolean): Promise<number[]> {
  const ignore = () => undefined;
  const events = { marker: ignore, level: ignore, sleep: ignore, wake: ignore, reset: ignore };
  let marks = new Marks(() => 0);
  const board: Rp2040Board = new Rp2040Board({ levelHz: [] }, events, ignore, {
    translates,
    attach: chip => {
      marks = new Marks(() => chip.core.cycles);
      chip.peripherals[marksPage] = marks;
    },
  });
  board.load({ address: flashBase + bootBytes, data: await assemble([{ code: '' }, ...snippets]) });
  board.reset();
  expect(board.run(1_000_000)).to.equal('idle');
  expect([marks.begins.length, marks.ends.length]).to.deep.equal(Array(2).fill(snippets.length + 1));
  const [around, ...timed] = marks.ends.map((end, i) => end - marks.begins[i]);
  return timed.map(cycles => cycles - around);
}

if (await canAssemble()) {
  describe('cycles of the emulated RP2040', () => {
    for (const translates of [false, true])
      it(`are the Cortex-M0+ manual's, ${translates ? 'translated' : 'interpreted'}`, async () => {
        const yardsticks = (await loadYardsticks()).filter(({ cycles }) => cycles.m0p !== undefined);
        expect(yardsticks.length).to.be.above(20);
        const timed = await timeSnippets(yardsticks, translates);
        const named = Object.fromEntries(yardsticks.map(({ name }, i) => [name, timed[i]]));
        const derived = yardsticks.map(({ name, cycles }) => [name, cycles.m0p?.best]);
        expect(named).to.deep.equal(Object.fromEntries(derived));
      });
  });
}
