import { energyWord } from '../../record/format.js';
import type { Run } from '../../verdict/run.js';
import { visible } from '../../visible.js';
import { headerSection } from './header.js';
import { accuracyEnergySection } from './sections/accuracy-energy.js';
import { blocksSection } from './sections/blocks.js';
import { confusionSection } from './sections/confusion.js';
import { energyBarsSection } from './sections/energy-bars.js';
import { levelsSection } from './sections/levels.js';
import { mlperfSection } from './sections/mlperf.js';
import { paperSavingSection } from './sections/paper-saving.js';
import { peopleSection } from './sections/people.js';
import { faultsSection, provenanceSection } from './sections/provenance.js';
import { sensitivitySection } from './sections/sensitivity.js';
import { sideBySideSection } from './sections/side-by-side.js';
import { tracesSection } from './sections/traces.js';
import { uncertaintySection } from './sections/uncertainty.js';
import { verdictsSection } from './sections/verdicts.js';
import { windowKindsSection } from './sections/window-kinds.js';
import { style } from './style.js';
import { type ReportContext, template } from './template.js';

const page = template<{
  title: string;
  style: string;
  header: string;
  links: { id: string; title: string }[];
  body: string;
}>(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body>
<%~ it.header %>
<nav><% for (const link of it.links) { %><a href="#<%= link.id %>"><%~ link.title %></a> <% } %></nav>
<%~ it.body %>
</body>
</html>
`);

/** Sections in reading order; one that has nothing to say is empty text. */
const sections: readonly ((context: ReportContext) => string)[] = [
  verdictsSection,
  sideBySideSection,
  energyBarsSection,
  accuracyEnergySection,
  levelsSection,
  paperSavingSection,
  sensitivitySection,
  blocksSection,
  windowKindsSection,
  confusionSection,
  peopleSection,
  tracesSection,
  uncertaintySection,
  faultsSection,
  provenanceSection,
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
];

/** Anchors of the sections; the titles are HTML already. */
const linksOf = (html: string): { id: string; title: string }[] =>
  [...html.matchAll(/<section id="([^"]+)">\s*<h2>([^<]*)<\/h2>/g)].map(([, id, title]) => ({
    id,
    title,
  }));

/** The report of a run: one HTML page that needs no other file, no script and no network. */
export function reportHtml(run: Run): string {
  const { record } = run;
  const context: ReportContext = { run, record, word: energyWord(record) };
  const body = (record.thirdParty === undefined ? sections : strangerSections)
    .map(render => render(context))
    .join('\n');
  const html = page({
    title: `littlefirst ${record.outcome}: ${record.id} (${energyWord(record)} energy)`,
    style,
    header: headerSection(context),
    links: linksOf(body),
    body,
  });
  return visible(html);
}
