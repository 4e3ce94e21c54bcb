import { join } from 'node:path';
import { writeFileAtomically } from '../../record/atomic-file.js';
import type { RunRecord } from '../../record/run-record.js';
import { labelBlock, labelFacts } from './facts.js';
import { labelPdf } from './pdf.js';
import { labelSvg } from './svg.js';

/** Names of a label's files in the folder of its run. */
export const labelFiles = { svg: 'label.svg', pdf: 'label.pdf' } as const;

export interface WrittenLabel {
  /** `board/chip/level/bundle/strategy` of the block that the label is of. */
  block: string;
  svg: string;
  pdf: string;
}

/**
 * Writes the energy label of one block.
 * @param block its name; default: the cascade's block that saves least
 * @throws LF_USAGE for a block that is not there; LF_JOURNAL
 */
export async function writeLabelFiles(out: string, record: RunRecord, block?: string): Promise<WrittenLabel> {
  const facts = labelFacts(record, labelBlock(record, block));
  const [svg, pdf] = [join(out, labelFiles.svg), join(out, labelFiles.pdf)];
  await writeFileAtomically(svg, labelSvg(facts));
  await writeFileAtomically(pdf, labelPdf(facts));
  return { block: facts.block, svg, pdf };
}
