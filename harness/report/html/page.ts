import { energyWord } from '../../record/format.js';
import type { Run } from '../../verdict/run.js';
import { checkResults } from '../check-results.js';
import { htmlDocument } from './document.js';
import { headerSection } from './header.js';
import { accuracyEnergySection } from './sections/accuracy-energy.js';
import { blocksSection } from './sections/blocks.js';
import { confusionSection } from './sections/confusion.js';
import { energyBarsSection } from './sections/energy-bars.js';
import { levelsSection } from './sections/levels.js';
import { mlperfSection } from './sections/mlperf.js';
import { paperSavingSection } from './sections/paper-saving.js';
import { peersSection } from './sections/peers.js';
import { peopleSection } from './sections/people.js';
import { faultsSection, provenanceSection } from './sections/provenance.js';
import { labelSection, reproduceSection } from './sections/reproduce.js';
import { schedulesSection } from './sections/schedules.js';
import { scoresSection } from './sections/scores.js';
import { sensitivitySection } from './sections/sensitivity.js';
import { sideBySideSection } from './sections/side-by-side.js';
import { uncertaintySection } from './sections/uncertainty.js';
import { verdictsSection } from './sections/verdicts.js';
import { windowKindsSection } from './sections/window-kinds.js';
import type { ReportContext } from './template.js';
import { tracesSection } from './traces/section.js';

/** Sections in reading order; one that has nothing to say is empty text. */
const sections: readonly ((context: ReportContext) => string)[] = [
  verdictsSection,
  sideBySideSection,
  energyBarsSection,
  accuracyEnergySection,
  levelsSection,
  schedulesSection,
  paperSavingSection,
  peersSection,
  sensitivitySection,
  blocksSection,
  windowKindsSection,
  scoresSection,
  confusionSection,
  peopleSection,
  tracesSection,
  uncertaintySection,
  faultsSection,
  provenanceSection,
  labelSection,
  reproduceSection,
];

/** What says something of a DUT that is not ours: it has no levels, no strategies and no gate to compare. */
const strangerSections: typeof sections = [
  verdictsSection,
  mlperfSection,
  blocksSection,
  confusionSection,
  uncertaintySection,
  faultsSection,
  provenanceSection,
  labelSection,
];

/** The report of a run: one HTML page that needs no other file and no network, and is whole without its script. */
export function reportHtml(run: Run): string {
  const { record } = run;
  const context: ReportContext = { run, record, word: energyWord(record), checks: checkResults(run) };
  const body = (record.thirdParty === undefined ? sections : strangerSections)
    .map(render => render(context))
    .join('\n');
  return htmlDocument({
    title: `littlefirst ${record.outcome}: ${record.id} (${energyWord(record)} energy)`,
    header: headerSection(context),
    body,
  });
}
