import type { RunRecord } from '../../record/run-record.js';
import { noticesOf } from '../notices.js';
import { factsOf } from './facts.js';
import { type CheckResult, type Problem, problemsOf } from './problems.js';
import { type SystemRow, systemRows } from './systems.js';
import { type TargetRow, targetRows } from './target-rows.js';

/** The answer that a run gives, in the order in which it is read: the same for terminal, Markdown and page. */
export interface Answer {
  outcome: RunRecord['outcome'];
  /** What it comes to, in a line. */
  headline: string;
  /** Errors and failures, each once, with its next step. */
  problems: Problem[];
  /** One row a target, from the worst. */
  targets: TargetRow[];
  /** Accuracy and savings of each strategy, of one and the same block. */
  systems: SystemRow[];
  /** Systems that are not shown, and why they are those. */
  systemsNote: string;
  /** What was run, as label and text. */
  facts: [label: string, text: string][];
  /** What must be seen before any figure. */
  notices: string[];
}

/** Systems that the answer shows; a report of many chips shows the rest further down. */
const mostSystems = 12;

function headlineOf(record: RunRecord, targets: readonly TargetRow[]): string {
  const of = (wanted: RunRecord['outcome']) => targets.filter(({ verdict }) => verdict === wanted).length;
  const { blocks } = record;
  const valid = blocks.filter(block => block.valid === true).length;
  const parts = [
    [of('pass'), 'met'],
    [of('fail'), 'missed'],
    [of('inconclusive'), 'open'],
    [of('error'), 'lost to an error'],
  ] as const;
  const told = parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : []));
  const noun = targets.length === 1 ? 'target' : 'targets';
  const goals = targets.length === 0 ? 'no targets' : `${targets.length} ${noun}: ${told.join(', ')}`;
  return `${goals}; ${valid} of ${blocks.length} blocks valid`;
}

/**
 * Makes the answer of a run.
 * @param checks results of the suite; without them, what the record itself tells
 */
export function answerOf(record: RunRecord, checks?: readonly CheckResult[]): Answer {
  const targets = targetRows(record);
  const systems = systemRows(record);
  const left = systems.length - mostSystems;
  return {
    outcome: record.outcome,
    headline: headlineOf(record, targets),
    problems: problemsOf(record, checks),
    targets,
    systems: systems.slice(0, mostSystems),
    systemsNote: left > 0 ? `${left} more are in the report.` : '',
    facts: factsOf(record),
    notices: [
      ...noticesOf(record),
      ...(record.provenance.dataset.name === 'synthetic'
        ? [
            'SYNTHETIC DATA: the windows come from a generator, not from people; accuracies say nothing about real wearers.',
          ]
        : record.provenance.dataset.caution === undefined
          ? []
          : [record.provenance.dataset.caution]),
    ],
  };
}
