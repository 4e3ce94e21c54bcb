import { dash, energyWord, figureText, inUnit, percent, sig, withParts } from '../record/format.js';
import type { Block, RunRecord } from '../record/run-record.js';
import { baselineStrategy } from '../verdict/evaluation/blocks.js';
import { type ChipGroup, chipGroups, seriesLabel } from './groups.js';
import { mlperfRules } from './mlperf-rules.js';
import { noticesOf } from './notices.js';
import { type Escape, forCode, forMarkdown, forTerminal, textTable } from './text-table.js';

/** Verdicts listed in a summary; the rest is counted. */
const maxVerdicts = 20;

function rowOf(record: RunRecord, block: Block): string[] {
  const { energyPerWindow_uJ: energy, savingVsBigOnly: saving } = block;
  return [
    seriesLabel(record, block),
    block.level.name,
    `${block.correct}/${block.scored}`,
    block.scored === 0 ? dash : percent(block.accuracy),
    sig(block.bigRuns, 15),
    block.mlperf?.goldenChecked === 'no' ? dash : sig(block.goldenMismatches, 15),
    sig(block.latencyMs?.max, 3),
    withParts(energy?.value, energy ?? {}),
    block.strategy === baselineStrategy ? 'baseline' : withParts(saving?.energy, saving ?? {}, 100),
    block.strategy === baselineStrategy
      ? 'baseline'
      : withParts(saving?.withSleep?.energy, saving?.withSleep ?? {}, 100),
    figureText(block.averagePower_uW),
    block.valid === true ? 'yes' : block.valid,
  ];
}

function blockTable(record: RunRecord, group: ChipGroup, safe: Escape): string {
  const word = energyWord(record);
  const head = [
    'strategy',
    'level',
    'correct',
    'accuracy %',
    'Big runs',
    'mismatches',
    'longest ms',
    `${word} uJ/window`,
    `${word} saving %`,
    `${word} saving with sleep %`,
    `${word} average uW`,
    'valid',
  ];
  return textTable(
    head,
    group.blocks.map(block => rowOf(record, block)),
    safe,
  );
}

function verdictLines(record: RunRecord, safe: Escape): string[] {
  const order = ['error', 'fail', 'inconclusive', 'pass'];
  const sorted = [...record.verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const of = (wanted: string) => record.verdicts.filter(verdict => verdict.verdict === wanted).length;
  const shown = sorted.slice(0, maxVerdicts);
  const counts = `${of('pass')} pass, ${of('fail')} fail, ${of('inconclusive')} inconclusive, ${of('error')} error`;
  if (sorted.length === 0) return ['No targets.'];
  return [
    textTable(
      ['verdict', 'target', 'block', 'value', 'limit'],
      shown.map(v => [
        v.verdict,
        v.target,
        v.block,
        inUnit(v.value, v.u95, v.unit),
        inUnit(v.limit, null, v.unit),
      ]),
      safe,
    ),
    '',
    sorted.length > shown.length
      ? `${counts}; ${sorted.length - shown.length} more are in report.html.`
      : `${counts}.`,
  ];
}

/** What MLPerf Tiny reports, one line a mode of a DUT that is not ours. */
function mlperfLines(record: RunRecord): string[] {
  const { blocks, thirdParty } = record;
  if (thirdParty === undefined) return [];
  const figures = blocks.flatMap(({ bundle, strategy, mlperf, accuracy, scored }) => {
    if (mlperf === undefined) return [];
    const {
      auc,
      latencyMedian_ms: latency,
      energyMedian_uJ: energy,
      inferencesPerSecond,
      iterations,
    } = mlperf;
    const range = (m: { value: number; low: number; high: number }, unit: string) =>
      `${sig(m.value, 5)} ${unit} (${sig(m.low, 5)} to ${sig(m.high, 5)})`;
    const parts = [
      ...(strategy === 'accuracy' && scored > 0 ? [`top-1 ${percent(accuracy)} %`] : []),
      ...(auc === null ? [] : [`AUC ${auc.toFixed(3)}`]),
      ...(latency === null
        ? []
        : [`median latency ${range(latency, 'ms')}, ${sig(inferencesPerSecond, 5)} inferences/s`]),
      ...(energy === null
        ? []
        : [
            `median ${energyWord(record)} energy ${range(energy, 'uJ')} an inference, ${iterations} a window`,
          ]),
    ];
    return [`MLPerf Tiny protocol, ${bundle}, ${strategy}: ${parts.join('; ')}.`];
  });
  const { name, profile, model } = thirdParty;
  const rules = mlperfRules(record);
  const broken = rules.filter(({ kept }) => !kept);
  return [
    `The DUT names itself ${name}, profile ${profile}, model ${model}.`,
    ...figures,
    `${rules.length - broken.length} of ${rules.length} rules kept${broken.length === 0 ? '' : ':'}${broken
      .map(({ mode, rule, asked, found }) => ` ${mode}: ${rule} ${found}, asked ${asked}`)
      .join(';')}.`,
  ];
}

function cautionLines(record: RunRecord): string[] {
  const { dataset } = record.provenance;
  return [
    ...noticesOf(record),
    ...(dataset.name === 'synthetic'
      ? [
          'SYNTHETIC DATA: the windows come from a generator, not from people; accuracies say nothing about real wearers.',
        ]
      : []),
    ...(dataset.caution === undefined ? [] : [dataset.caution]),
  ];
}

/** The outcome of a run in a few tables of plain text, for the terminal. */
export function summaryText(record: RunRecord): string {
  const { dataset } = record.provenance;
  const groups = chipGroups(record).flatMap(group => [
    '',
    forTerminal(group.label),
    blockTable(record, group, forTerminal),
  ]);
  return [
    forTerminal(
      `${record.outcome.toUpperCase()}  ${record.id}: ${record.blocks.length} blocks of ${dataset.windows} windows (${dataset.name}, ${dataset.order} order)`,
    ),
    ...cautionLines(record).map(forTerminal),
    ...groups,
    '',
    ...mlperfLines(record).map(forTerminal),
    ...verdictLines(record, forTerminal),
    '',
  ].join('\n');
}

/** The same as a Markdown file, e.g. for a pull request. */
export function summaryMarkdown(record: RunRecord): string {
  const { dataset, harness, firmwares, meter } = record.provenance;
  const groups = chipGroups(record).flatMap(group => [
    `### ${forMarkdown(group.label)}`,
    '',
    blockTable(record, group, forMarkdown),
    '',
  ]);
  return [
    `## littlefirst: ${record.outcome}`,
    '',
    `Run \`${forCode(record.id)}\`, ${forMarkdown(record.startedAt)}; ${dataset.windows} windows of ${forMarkdown(dataset.name)} (${forMarkdown(dataset.split)}, ${forMarkdown(dataset.order)} order).`,
    '',
    ...cautionLines(record).flatMap(line => [`> **${forMarkdown(line)}**`, '']),
    ...groups,
    ...mlperfLines(record).flatMap(line => [forMarkdown(line), '']),
    '### Verdicts',
    '',
    ...verdictLines(record, forMarkdown),
    '',
    '### Provenance',
    '',
    `- harness ${forMarkdown(harness.version)}, commit \`${forCode(harness.commit)}\`${harness.dirty ? ' with local changes' : ''}`,
    ...firmwares.map(one => `- firmware ${forMarkdown(one.board)}: \`${forCode(one.sha256)}\``),
    `- data: \`${forCode(dataset.sha256)}\``,
    `- meter: ${forMarkdown(meter.driver)}, ${forMarkdown(meter.model)}${meter.emulated ? ' (emulated)' : ''}`,
    '',
  ].join('\n');
}
