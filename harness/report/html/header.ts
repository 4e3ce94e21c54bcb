import { count, energyWord, percent, sig } from '../../record/format.js';
import type { RunRecord } from '../../record/run-record.js';
import { conditionsOf } from '../notices.js';
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
  meaning: string;
  energyTitle: string;
  energyMeaning: string;
  tiles: { value: string; label: string }[];
  warnings: string[];
  isSynthetic: boolean;
}>(`<header class="<%= it.record.outcome %>">
<p class="brand">littlefirst</p>
<h1><span class="badge <%= it.record.outcome %>"><%= it.record.outcome.toUpperCase() %></span> <%= it.record.id %></h1>
<p><%= it.meaning %></p>
<p class="word"><strong><%= it.energyTitle %>.</strong> <%= it.energyMeaning %></p>
</header>
<% if (it.isSynthetic) { %><div class="loud" role="alert"><strong>SYNTHETIC DATA</strong>
<p>The windows come from a synthetic wearer, a generator, not from people. Accuracies in this report show that the chain works; they say nothing about real wearers.<% if (it.record.provenance.dataset.caution) { %> <%= it.record.provenance.dataset.caution %><% } %></p></div>
<% } else if (it.record.provenance.dataset.caution) { %><div class="warn" role="alert"><strong>Data:</strong> <%= it.record.provenance.dataset.caution %></div>
<% } %><% for (const warning of it.warnings) { %><div class="warn"><%= warning %></div>
<% } %><div class="tiles"><% for (const tile of it.tiles) { %><div><b><%= tile.value %></b><span><%= tile.label %></span></div><% } %></div>
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

function tilesOf(record: RunRecord): { value: string; label: string }[] {
  const { blocks, verdicts, provenance } = record;
  const savings = blocks.flatMap(block =>
    block.strategy === 'big-only' || typeof block.savingVsBigOnly?.energy !== 'number'
      ? []
      : [block.savingVsBigOnly.energy],
  );
  const accuracies = blocks.filter(block => block.scored > 0).map(block => block.accuracy);
  const passed = verdicts.filter(verdict => verdict.verdict === 'pass').length;
  return [
    { value: `${passed} / ${verdicts.length}`, label: 'verdicts passed' },
    {
      value: `${blocks.filter(block => block.valid === true).length} / ${blocks.length}`,
      label: 'valid blocks',
    },
    { value: count(provenance.dataset.windows), label: `windows, ${provenance.dataset.name}` },
    ...(accuracies.length > 0
      ? [{ value: `${percent(Math.max(...accuracies))} %`, label: 'best accuracy of a block' }]
      : []),
    ...(savings.length > 0
      ? [
          {
            value: `${sig(Math.max(...savings) * 100, 3)} %`,
            label: `largest ${energyWord(record)} energy saving against big-only`,
          },
        ]
      : []),
  ];
}

/** Outcome, provenance of the energy and warnings: what must be seen first. */
export function headerSection({ record }: ReportContext): string {
  const hasEnergy = record.blocks.some(block => block.energyPerWindow_uJ !== null);
  const { energy } = record.provenance;
  const origin = record.replayOf?.energy;
  return view({
    record,
    meaning: meanings[record.outcome],
    energyTitle: hasEnergy ? `${energyWord(record).toUpperCase()} ENERGY` : 'NO ENERGY',
    energyMeaning: hasEnergy
      ? `${energyMeanings[energy]}${energy === 'replayed' && origin !== undefined ? ` In that run: ${energyMeanings[origin]}` : ''}`
      : 'No block of this run has a valid energy; accuracy and cycles only.',
    tiles: tilesOf(record),
    warnings: warningsOf(record),
    isSynthetic: record.provenance.dataset.name === 'synthetic',
  });
}
