import { LittlefirstError } from '../../errors.js';

/** Why an option does not fit, where more can be said than "say it in the bench file". */
const hints: Record<string, string> = {
  levels: 'the DUT runs at the level it was built for; an emulated one at emulated.level of the bench file',
  strategies: 'the modes of the bench file stand in the place of strategies',
  data: 'name the data folder in data.folder of the bench file',
  order: 'the inputs come in the order of the truth file',
  bundle: 'name it in emulated.bundle of the bench file',
  chip: 'name it in emulated.chip of the bench file',
  models: 'name the model file in golden.model of the bench file',
};

/** Names on the command line, where they differ. */
const optionNames: Record<string, string> = { levels: 'level', strategies: 'strategy' };

/** What a bench with `protocol: mlperf-tiny` does not take. @throws LF_USAGE naming each */
export function refuseOverrides(others: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(others).filter(name => others[name] !== undefined);
  if (names.length === 0) return;
  throw new LittlefirstError('LF_USAGE', 'A bench with protocol mlperf-tiny does not take every option', {
    expected: '--out <dir>, --windows <count>',
    received: names.map(name => `--${optionNames[name] ?? name}`).join(' '),
    hint: names.map(name => hints[name] ?? `say ${optionNames[name] ?? name} in the bench file`).join('; '),
  });
}
