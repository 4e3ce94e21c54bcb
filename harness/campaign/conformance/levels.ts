import { LittlefirstError } from '../../errors.js';
import { type Check, fail, pass } from './finding.js';

/** Relative distance of a read-back clock from its table. */
const hertzTolerance = 1e-3;
const noLevel = 99;

export const levels: Check = {
  name: 'levels',
  title: 'sets each level from each other, reads its registers back, and refuses what there is not',
  look: 'port_level_set: voltage first when rising, last when falling, and wait until the clock runs; port_level_read must read registers, not what was asked for; the words in chip.yaml',
  run: async ({ client, prepared: { board, boardLevels } }) => {
    const wrong: string[] = [];
    const set = async (index: number, from: string) => {
      const { name, hertz, millivolts, registers } = boardLevels[index];
      const is = await client.level(index);
      const words = registers[board.name].map(word => word.toString(16));
      const read = is.registers.split(':');
      const isSame = read.every(
        (word, i) => Number.parseInt(word, 16) === Number.parseInt(words[i] ?? '0', 16),
      );
      if (
        Math.abs(is.hertz / hertz.value - 1) > hertzTolerance ||
        is.millivolts !== millivolts.value ||
        !isSame
      )
        wrong.push(
          `${from} to ${name}: ${is.millivolts} mV, ${is.hertz} Hz, words ${is.registers} instead of ${millivolts.value} mV, ${hertz.value} Hz, ${words.join(':')}`,
        );
    };
    for (let from = 0; from < boardLevels.length; from++) {
      for (let to = 0; to < boardLevels.length; to++) {
        await set(from, 'back');
        await set(to, boardLevels[from].name);
      }
    }
    const refused = await client.level(noLevel).catch((error: unknown) => error);
    if (!(refused instanceof LittlefirstError) || refused.detail.fields?.dutCode !== 'range')
      wrong.push(`level ${noLevel} was not refused`);
    if (wrong.length > 0) return fail([...new Set(wrong)].slice(0, 4).join('; '));
    return pass(`${boardLevels.length} levels, ${boardLevels.length ** 2} changes`);
  },
};
