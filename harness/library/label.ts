import { join } from 'node:path';
import { asLittlefirstError, LittlefirstError } from '../errors.js';
import { writeFileAtomically } from '../record/atomic-file.js';
import { refuseSealed } from '../record/run-folder.js';
import { labelBlock, labelFacts } from '../report/label/facts.js';
import { labelPdf } from '../report/label/pdf.js';
import { labelSvg } from '../report/label/svg.js';
import { openRun } from '../verdict/open-run.js';

export interface WrittenLabel {
  /** `board/chip/level/bundle/strategy` of the block that the label is of. */
  block: string;
  svg: string;
  pdf: string;
}

/**
 * Writes the energy label of one block, `label.svg` and `label.pdf`.
 * @param options.block its name; default: the cascade's block that saves least
 * @param options.out folder to write to; default: the run's
 * @throws LF_RUN_MISSING, LF_RUN_CORRUPT, LF_JOURNAL; LF_USAGE for a block that is not there, a sealed run, a folder that cannot be written
 */
export async function writeLabel(
  folder: string,
  { block, out = folder }: { block?: string; out?: string } = {},
): Promise<WrittenLabel> {
  if (out === folder) refuseSealed(folder);
  const { record } = await openRun(folder);
  const facts = labelFacts(record, labelBlock(record, block));
  const [svg, pdf] = [join(out, 'label.svg'), join(out, 'label.pdf')];
  try {
    await writeFileAtomically(svg, labelSvg(facts));
    await writeFileAtomically(pdf, labelPdf(facts));
  } catch (cause) {
    throw new LittlefirstError('LF_USAGE', `The label cannot be written to ${out}`, {
      expected: 'a folder that exists and may be written to',
      received: asLittlefirstError(cause).message.split('\n')[0],
      cause,
    });
  }
  return { block: facts.block, svg, pdf };
}
