import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { didYouMean } from '../../config/nearest.js';
import { inUnit } from '../../config/quantity.js';
import { parseYaml } from '../../config/yaml.js';
import { LittlefirstError } from '../../errors.js';
import { bareName, packagePath } from '../../package-root.js';
import { checkLevels } from './delay.js';
import { type ChipLevel, type ChipProfile, chipSchema } from './schema.js';
import { atAmbient, profileCelsius } from './temperature.js';

/** Names of the chip profiles that ship with the package, sorted. */
export async function chipNames(): Promise<string[]> {
  const files = await readdir(packagePath('fixtures', 'chips'));
  return files
    .filter(file => file.endsWith('.yaml'))
    .map(file => basename(file, '.yaml'))
    .sort();
}

export interface LoadChipOptions {
  /** Fault option: accept levels above the frequency limit of their voltage. */
  allowOverclock?: boolean;
  /** Temperature that the levels must be allowed at, degrees Celsius; default: the profile's 25. */
  ambientCelsius?: number;
}

/**
 * Reads and checks a chip profile.
 * @param given a shipped profile's name, also as `littlefirst:NAME`, or the path of a `.yaml` file
 * @throws LF_UNKNOWN_CHIP when there is no such profile; LF_CONFIG_INVALID when the file does not fit the schema;
 *   LF_LEVEL_REFUSED when a level is above the frequency limit of its voltage
 */
export async function loadChip(given: string, options: LoadChipOptions = {}): Promise<ChipProfile> {
  const nameOrPath = bareName(given);
  const isPath = /[\\/]|\.ya?ml$/.test(nameOrPath);
  if (!isPath && !(await chipNames()).includes(nameOrPath)) {
    throw new LittlefirstError('LF_UNKNOWN_CHIP', `there is no chip profile "${nameOrPath}"`, {
      expected: `one of ${(await chipNames()).join(', ')}, or the path of a .yaml file`,
      received: nameOrPath,
      hint: didYouMean(nameOrPath, await chipNames()),
    });
  }
  const path = isPath ? nameOrPath : packagePath('fixtures', 'chips', `${nameOrPath}.yaml`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new LittlefirstError('LF_UNKNOWN_CHIP', `cannot read the chip profile ${path}`, {
      hint: 'check the path',
      cause: error,
    });
  }
  const chip = parseChip(text, path);
  checkLevels(atAmbient(chip, options.ambientCelsius ?? profileCelsius), options);
  return chip;
}

/** Parses the text of a chip profile; `path` is for messages. Throws LF_CONFIG_INVALID. */
export function parseChip(text: string, path: string): ChipProfile {
  const chip = parseYaml(text, path, chipSchema, {
    code: 'LF_CONFIG_INVALID',
    purpose: 'a chip profile',
    hint: 'see fixtures/chips/rp2040.yaml; every number is { value, source, kind }',
  });
  const names = new Set(chip.levels.map(level => level.name));
  if (names.size !== chip.levels.length) {
    throw new LittlefirstError('LF_CONFIG_INVALID', `${path} has two levels of one name`);
  }
  return { ...chip, sha256: createHash('sha256').update(text).digest('hex') };
}

const letters = (name: string): string => name.replaceAll(/\s/g, '').toLowerCase();

/**
 * The level that a text means: by its name, by its name but for spaces and case, or by its clock where one level alone has it (`48 MHz`,
 * `0.048 GHz`); -1 where it means none.
 */
function levelIndex({ levels }: ChipProfile, text: string): number {
  const exact = levels.findIndex(({ name }) => name === text);
  if (exact >= 0) return exact;
  const hertz = inUnit(text, { symbol: 'Hz', size: 1 });
  for (const isMeant of [
    ({ name }: ChipLevel) => letters(name) === letters(text),
    (level: ChipLevel) => level.hertz.value === hertz,
  ]) {
    const meant = levels.filter(isMeant);
    if (meant.length === 1) return levels.indexOf(meant[0]);
  }
  return -1;
}

/** Index and description of a level, by its name or its clock. Throws LF_UNKNOWN_LEVEL. */
export function findLevel(chip: ChipProfile, name: string): { index: number; level: ChipLevel } {
  const index = levelIndex(chip, name);
  if (index < 0) {
    throw new LittlefirstError('LF_UNKNOWN_LEVEL', `chip ${chip.name} has no level "${name}"`, {
      expected: chip.levels.map(level => level.name).join(', '),
      received: name,
    });
  }
  return { index, level: chip.levels[index] };
}

/** Levels that a board's port can set, in the profile's order: the order of the blob's level table. */
export function levelsForBoard(chip: ChipProfile, board: string): ChipLevel[] {
  const levels = chip.levels.filter(level => board in level.registers);
  if (levels.length === 0) {
    throw new LittlefirstError(
      'LF_CONFIG_INVALID',
      `board ${board} cannot set any level of chip ${chip.name}`,
      {
        expected: `a board among ${[...new Set(chip.levels.flatMap(level => Object.keys(level.registers)))].join(', ')}`,
        received: board,
      },
    );
  }
  return levels;
}

/**
 * Refuses an image and blob that the chip could not hold.
 * @throws LF_BUNDLE_TOO_LARGE naming the budget
 */
export function checkMemory(chip: ChipProfile, need: { flashBytes: number; ramBytes: number }): void {
  for (const [key, what] of [
    ['flashBytes', 'flash'],
    ['ramBytes', 'RAM'],
  ] as const) {
    const limit = chip.memory[key].value;
    if (need[key] > limit) {
      throw new LittlefirstError(
        'LF_BUNDLE_TOO_LARGE',
        `image and bundle do not fit the ${what} of ${chip.name}`,
        {
          expected: `at most ${limit} bytes of ${what}`,
          received: `${need[key]} bytes`,
          hint: 'take a smaller bundle or another chip',
        },
      );
    }
  }
}
