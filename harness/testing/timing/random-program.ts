/**
 * Random programs for comparing the plugin's two ways of counting. Every program ends, whatever the generator drew:
 * branches go forward except those of counted loops.
 */

/** A repeatable source of numbers in 0..1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const plain = [
  'adds r0, r1, r2',
  'add.w r3, r4, #8',
  'movs r0, #0',
  'movs r1, #4',
  'nop',
  'nop.w',
  'muls r0, r1, r0',
  'mla r0, r1, r2, r3',
  'smull r0, r1, r2, r3',
  'umlal r0, r1, r2, r3',
  'udiv r0, r1, r2',
  'cmp r0, r1',
  'cmp r1, r1',
  'lsrs r2, r0, #3',
  'ldr r0, [r4]',
  'ldr r1, [r4, #4]',
  'ldrb.w r2, [r4, #9]',
  'ldrsh.w r3, [r4, #12]',
  'ldr r2, [sp]',
  'mov r5, r4; ldr r0, [r5, #4]',
  'add.w r5, r4, #4; ldr r0, [r5]',
  'add.w r5, r4, #4; str r0, [r5]',
  'str r0, [r4]',
  'strb r1, [r4, #7]',
  'movs r5, #16; str r1, [r4, r5]',
  'movs r5, #16; ldr r1, [r4, r5]; str r1, [r4, r5]',
  'push {r0-r2}; pop {r0-r2}',
  'ldrd r0, r1, [r4, #8]',
  'strd r0, r1, [r4, #16]',
  'ldm r4, {r0-r3}',
  'bl return_at_once',
  'bl push_and_pop',
  'dsb',
  'movs r3, #0; movw r2, #0x800; movt r2, #0x2000; svc #0',
  'str r0, [r7]',
  'str r0, [r7, #8]',
  'ldr r0, [r4]; str r0, [r7, #4]',
];

const conditional = [
  'ldr@ r0, [r4]',
  'ldr@ r1, [r4, #4]',
  'str@ r0, [r4, #8]',
  'str@ r0, [r7, #12]',
  'ldm@ r4, {r0-r2}',
  'mov@ r2, r3',
  'add@ r2, r2, #1',
  'udiv@ r0, r1, r2',
  'ldr@ r3, [sp]',
];

/**
 * Assembler text for the yardsticks' frame.
 * @param seed chooses the program
 * @param length number of groups of instructions; the code is several times as many bytes, so that blocks meet page ends
 */
export function randomProgram(seed: number, length: number): string {
  const random = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const itBlock = (): string[] => {
    const negated = { eq: 'ne', ne: 'eq', cs: 'cc', mi: 'pl' } as const;
    const condition = pick(Object.keys(negated) as (keyof typeof negated)[]);
    const others = Array.from({ length: Math.floor(random() * 4) }, () => pick(['t', 'e']));
    const conditions = [condition, ...others.map(other => (other === 't' ? condition : negated[condition]))];
    return [
      `it${others.join('')} ${condition}`,
      ...conditions.map(each => pick(conditional).replace('@', each)),
    ];
  };
  const label = (index: number): string => `random_${index}`;
  const group = (index: number): string[] => {
    const kind = random();
    if (kind < 0.2) return itBlock();
    if (kind < 0.3)
      return [`${pick(['beq', 'bne', 'bcs', 'b'])}.w ${label(index + 1 + Math.floor(random() * 3))}`];
    if (kind < 0.35) {
      const start = `random_loop_${index}`;
      const body = [...itBlock(), ...pick(plain).split(';')].filter(line => !/\br6\b/.test(line));
      return [
        `movs r6, #${1 + Math.floor(random() * 5)}`,
        `${start}:`,
        ...body,
        'subs r6, #1',
        `bne.w ${start}`,
      ];
    }
    return pick(plain).split(';');
  };
  const code = ['movs r3, #0', 'movs r6, #3'];
  const groups = Array.from({ length }, (_, index) => [`${label(index)}:`, ...group(index)]);
  const ends = Array.from({ length: 4 }, (_, index) => `${label(length + index)}:`);
  return [...code, ...groups.flat(), ...ends, 'b.w stop'].join('\n');
}
