import { count, energyWord } from '../../record/format.js';
import type { RunRecord } from '../../record/run-record.js';
import { type Answer, answerOf } from '../answer/answer.js';
import {
  systemCells,
  systemHead,
  systemsTitle,
  targetCells,
  targetHead,
  targetsTitle,
} from '../answer/text.js';
import { conditionsOf } from '../notices.js';
import { number, prose, table, words } from './table.js';
import { type ReportContext, template } from './template.js';

const meanings: Record<RunRecord['outcome'], string> = {
  pass: 'every target is met and every check of the suite holds',
  fail: 'a target is missed or a check of the suite does not hold',
  inconclusive: 'nothing is known to be wrong, but not everything could be decided',
  error: 'bench, DUT or meter broke something, or the campaign was not collected to its end',
};

const energyMeanings: Record<RunRecord['provenance']['energy'], string> = {
  measured: 'A current meter on real silicon gave every energy in this report.',
  modelled:
    'No silicon was measured: an emulated board drew a modelled current, computed from the chip profile. Energies follow the model, not a meter.',
  indicative:
    'A current meter on real silicon gave every energy, but rules of the method were waived; such figures are not called measured.',
  none: 'No meter: accuracy and cycles only.',
  replayed: 'Energies come from a recorded trace that was played back, not from this run.',
};

const view = template<{
  record: RunRecord;
  answer: Answer;
  meaning: string;
  energyTitle: string;
  energyMeaning: string;
  warnings: string[];
  targets: string;
  systems: string;
  isSynthetic: boolean;
}>(`<header class="<%= it.record.outcome %>">
<p class="brand">littlefirst</p>
<h1><span class="badge <%= it.record.outcome %>"><%= it.record.outcome.toUpperCase() %></span> <%= it.record.id %></h1>
<p><strong><%= it.answer.headline %>.</strong> <%= it.meaning %></p>
</header>
<% if (it.answer.problems.length > 0) { %><ul class="problems" aria-label="Problems"><% for (const p of it.answer.problems) { %>
<li><span class="badge <%= p.verdict %>"><%= p.verdict.toUpperCase() %></span> <strong><%= p.what %></strong>: <%= p.where %><br><%= p.reason %><br><span class="note">Next: <%= p.next %></span></li><% } %>
</ul>
<% } %><p class="word"><strong><%= it.energyTitle %>.</strong> <%= it.energyMeaning %></p>
<% if (it.isSynthetic) { %><div class="loud" role="note"><strong>SYNTHETIC DATA</strong>
<p>The windows come from a synthetic wearer, a generator, not from people. Accuracies in this report show that the chain works; they say nothing about real wearers.<% if (it.record.provenance.dataset.caution) { %> <%= it.record.provenance.dataset.caution %><% } %></p></div>
<% } else if (it.record.provenance.dataset.caution) { %><div class="warn" role="note"><strong>Data:</strong> <%= it.record.provenance.dataset.caution %></div>
<% } %><% for (const warning of it.warnings) { %><div class="warn"><%= warning %></div>
<% } %><%~ it.targets %><%~ it.systems %><dl class="facts"><% for (const [label, text] of it.answer.facts) { %><div><dt><%= label %></dt><dd><%= text %></dd></div><% } %></dl>
`);

function warningsOf(record: RunRecord): string[] {
  const { provenance, blocks, faults } = record;
  const invalid = blocks.filter(block => block.valid !== true).length;
  const broken = blocks.filter(block => block.invalidity === 'broken').length;
  const mismatches = blocks.reduce((sum, block) => sum + block.goldenMismatches, 0);
  return [
    ...conditionsOf(record),
    ...(invalid > 0 ? [`${invalid} of ${blocks.length} blocks are invalid; their energy is not used.`] : []),
    ...(broken > 0
      ? [
          `${broken} of ${blocks.length} blocks were broken by bench, DUT or meter: nothing can be said of them.`,
        ]
      : []),
    ...(mismatches > 0 ? [`${count(mismatches)} answers differ from the golden interpreter.`] : []),
    ...(faults.some(({ code }) => code === 'LF_LEVEL_REFUSED')
      ? [
          'Faults were made on purpose: levels above the frequency limit of their voltage were run with wrong computation. Such blocks say nothing about the chip.',
        ]
      : []),
    ...(faults.length > 0
      ? [`${faults.length} faults happened on the way and were dealt with; see the list below.`]
      : []),
    ...(provenance.harness.dirty ? ['The harness had local changes that its commit does not hold.'] : []),
  ];
}

const targetColumns = targetHead.map(head => {
  if (head === 'target' || head === 'worst block') return prose(head);
  return head === 'verdict' ? words(head) : number(head);
});

function targetTable({ targets }: Answer): string {
  if (targets.length === 0) return '<p>This run has no targets.</p>';
  return table({
    caption: targetsTitle,
    isCards: true,
    rowHead: 1,
    columns: targetColumns,
    rows: targets.map(row => {
      const [verdict, target, ...others] = targetCells(row);
      return [{ text: verdict, mark: `verdict ${verdict}` }, target, ...others];
    }),
  });
}

function systemTable({ systems, systemsNote }: Answer, record: RunRecord): string {
  if (systems.length === 0 || record.thirdParty !== undefined) return '';
  const [system, level, ...figures] = systemHead(record);
  const rows = table({
    caption: systemsTitle,
    isCards: true,
    columns: [prose(system), words(level), ...figures.map(number)],
    rows: systems.map(systemCells),
  });
  return systemsNote === '' ? rows : `${rows}<p class="note">${systemsNote}</p>`;
}

/** The first screen: outcome, problems, whose energy it is, targets, savings, and what was run. */
export function headerSection({ record, checks }: ReportContext): string {
  const hasEnergy = record.blocks.some(block => block.energyPerWindow_uJ !== null);
  const { energy } = record.provenance;
  const origin = record.replayOf?.energy;
  const answer = answerOf(record, checks);
  return view({
    record,
    answer,
    meaning: meanings[record.outcome],
    energyTitle: hasEnergy ? `${energyWord(record).toUpperCase()} ENERGY` : 'NO ENERGY',
    energyMeaning: hasEnergy
      ? `${energyMeanings[energy]}${energy === 'replayed' && origin !== undefined ? ` In that run: ${energyMeanings[origin]}` : ''}`
      : 'No block of this run has a valid energy; accuracy and cycles only.',
    warnings: warningsOf(record),
    targets: targetTable(answer),
    systems: systemTable(answer, record),
    isSynthetic: record.provenance.dataset.name === 'synthetic',
  });
}
