import type { Command } from 'commander';
import { Option } from 'commander';
import { exitCodes } from '../../errors.js';
import type { DataDescription } from '../../library/index.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { dataOption } from '../options.js';

function* lines({ name, grid, splits }: DataDescription): Generator<string> {
  const { samples, stride, sampleRateHz, channels, classes } = grid;
  yield `${name}: windows of ${samples} samples at ${sampleRateHz} Hz, one every ${stride}`;
  yield `channels: ${channels.join(', ')}`;
  for (const split of ['train', 'test'] as const) {
    const { people, windows, ofClass, unscored } = splits[split];
    yield `${split}: ${people.length} people (${people.join(', ')}), ${windows} windows`;
    for (const [c, count] of ofClass.entries()) yield `  ${classes[c]}: ${count}`;
    if (unscored > 0) yield `  not scored: ${unscored}`;
  }
}

/** `littlefirst data describe`: a data set in figures, and the `window` of a bundle for it. */
export function addDescribe(data: Command, context: CliContext, finish: Finish): void {
  data
    .command('describe')
    .description("say what a data set holds, or write a bundle's labels and window for it")
    .addOption(dataOption().makeOptionMandatory())
    .addOption(
      new Option(
        '--yaml <scaling>',
        'labels and window of a bundle.yaml, with constants of the training people',
      ).choices(['counts', 'minmax']),
    )
    .action(async (options: { data: string; yaml?: 'counts' | 'minmax' }) => {
      const [{ describeData }, { dataOf }, { printCaution }] = await Promise.all([
        import('../../library/index.js'),
        import('./data-of.js'),
        import('../run/summary.js'),
      ]);
      const description = await describeData(dataOf(context, options.data));
      if (description.caution !== undefined) printCaution(context, context.err, description.caution);
      if (options.yaml === undefined) for (const line of lines(description)) printLine(context.out, line);
      else {
        const { stringify } = await import('yaml');
        const { scaling, ...format } = description.formats[options.yaml];
        const fitted = scaling.method === 'minmax' ? { ...scaling, fittedOn: 'train' } : scaling;
        const text = stringify(
          { labels: description.grid.classes, window: { ...format, scaling: fitted } },
          { lineWidth: 110 },
        );
        for (const line of text.trimEnd().split('\n')) printLine(context.out, line);
      }
      finish(exitCodes.pass);
    });
}
