import type { Run } from '../open-run.js';
import { accuracyEnergySection } from './accuracy-energy.js';
import { blocksSection } from './blocks.js';
import { confusionSection } from './confusion.js';
import { energyBarsSection } from './energy-bars.js';
import { headerSection } from './header.js';
import { levelsSection } from './levels.js';
import { mlperfSection } from './mlperf.js';
import { paperSavingSection } from './paper-saving.js';
import { faultsSection, provenanceSection } from './provenance.js';
import { sideBySideSection } from './side-by-side.js';
import { style } from './style.js';
import { type ReportContext, template } from './template.js';
import { tracesSection } from './traces.js';
import { uncertaintySection } from './uncertainty.js';
import { verdictsSection } from './verdicts.js';
import { windowKindsSection } from './window-kinds.js';

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
  blocksSection,
  windowKindsSection,
  confusionSection,
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
  const context: ReportContext = { run, record, word: record.provenance.energy };
  const body = (record.thirdParty === undefined ? sections : strangerSections)
    .map(render => render(context))
    .join('\n');
  return page({
    title: `littlefirst ${record.outcome}: ${record.id} (${record.provenance.energy} energy)`,
    style,
    header: headerSection(context),
    links: linksOf(body),
    body,
  });
}
