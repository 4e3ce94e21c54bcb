import { count, percent, sig } from '../record/format.js';
import { groupBy } from '../report/groups.js';
import { inlineMark, mark } from '../report/html/charts/marks.js';
import { axisName, figure, lineAcross, plain, plot } from '../report/html/charts/plot.js';
import { linearScale } from '../report/html/charts/scale.js';
import { confusionMatrix } from '../report/html/confusion-matrix.js';
import { htmlDocument } from '../report/html/document.js';
import { number, table, words } from '../report/html/table.js';
import { section, template } from '../report/html/template.js';
import type { OperatingChoice, TrainingReport, Validation } from './report-data.js';

const header = template<{ report: TrainingReport; facts: [string, string][] }>(
  `<header class="pass"><p class="brand">littlefirst</p>
<h1>Training of <%= it.report.bundle %></h1>
<p>Seed <%= it.report.seed %>; training people of <%= it.report.dataName %> only (windows <code><%= it.report.dataset.slice(0, 16) %></code>). Test people appear nowhere on this page: every accuracy here is of training people whom the network had not seen.</p>
</header>
<dl class="facts"><% for (const [label, value] of it.facts) { %><div><dt><%= label %></dt><dd><%= value %></dd></div><% } %></dl>
`,
);

const share = (correct: number, windows: number): string => percent(correct / windows);

function networksSection({ networks }: TrainingReport): string {
  return section({
    id: 'networks',
    title: 'Networks',
    body: table({
      columns: [words('Network'), number('Multiply-adds an inference'), number('.tflite file, bytes')],
      rows: networks.map(({ name, macs, fileBytes }) => [name, count(macs), count(fileBytes)]),
    }),
  });
}

const plotHeight = 150;

/** Of one network, one panel a training, all on one scale. */
function curvesFigure(name: string, curves: TrainingReport['curves']): string {
  const losses = curves.flatMap(curve => curve.losses);
  const epochs = Math.max(...curves.map(curve => curve.losses.length));
  const x = linearScale(1, Math.max(2, epochs), { count: 4, end: Math.max(2, epochs) });
  const y = linearScale(Math.min(...losses), Math.max(...losses), { count: 3 });
  return figure({
    title: `${name}: training loss`,
    panels: curves.map(({ part, losses: own }) => ({
      head: plain({ text: part }),
      body:
        axisName({ text: 'cross-entropy, nats' }) +
        plot({
          height: plotHeight,
          finding: `${name}, ${part}: mean loss from ${sig(own[0], 3)} in epoch 1 to ${sig(own[own.length - 1], 3)} in epoch ${own.length}`,
          left: 46,
          x,
          y,
          marks: [
            lineAcross(
              plotHeight,
              own.map((loss, epoch) => [x.of(epoch + 1), y.of(loss)]),
            ),
          ],
        }) +
        axisName({ text: 'epoch' }),
    })),
  });
}

function curvesSection({ curves }: TrainingReport): string {
  const networks = groupBy(curves, ({ network }) => network);
  return section({
    id: 'curves',
    title: 'Loss curves',
    notes: [
      'Mean loss of each epoch on augmented windows, with label smoothing where the recipe has it: its floor is then above zero.',
    ],
    body: [...networks].map(([name, own]) => curvesFigure(name, own)).join(''),
  });
}

function validationSection(labels: readonly string[], validation: Validation | undefined): string {
  if (validation === undefined)
    return section({
      id: 'validation',
      title: 'Out of fold',
      body: '<p>This training was not cross-validated.</p>',
    });
  const { subject, folds, confusion, people } = validation;
  const matrix = confusionMatrix({
    caption: `${subject}: windows by true activity and answer`,
    labels,
    confusion,
  });
  const persons = table({
    caption: `${subject}: accuracy of each person`,
    columns: [words('Person'), number('Windows'), number('Accuracy, %')],
    rows: people.map(({ person, correct, windows }) => [person, count(windows), share(correct, windows)]),
  });
  return section({
    id: 'validation',
    title: 'Out of fold',
    notes: [
      `${folds} folds by person: each person's windows are answered by networks trained without that person. Float networks, before quantisation.`,
    ],
    body: `${matrix}${persons}`,
  });
}

function choiceHtml({ title, why, settings, costName, points, chosen }: OperatingChoice): string {
  const accuracyOf = (point: (typeof points)[number]) => (100 * point.correct) / point.windows;
  const at = points[chosen];
  const costs = points.map(({ cost }) => cost);
  const x = linearScale(Math.min(...costs), Math.max(...costs), { count: 4 });
  const y = linearScale(Math.min(...points.map(accuracyOf)), 100, { count: 4, end: 100 });
  const place = (point: (typeof points)[number]) =>
    [x.of(point.cost), plotHeight * (1 - y.of(accuracyOf(point)))] as const;
  const finding = `chosen: ${sig(at.cost)} ${costName} at ${sig(accuracyOf(at))} %, of ${points.length} points`;
  const drawing = figure({
    title: `${title}: accuracy against ${costName}, out of fold`,
    legend: `<span>${inlineMark(0)} tried</span> <span>${inlineMark(3)} chosen</span>`,
    note: why,
    isWide: true,
    panels: [
      {
        head: '',
        body:
          axisName({ text: 'accuracy, %' }) +
          plot(
            {
              height: plotHeight,
              finding,
              left: 46,
              x,
              y,
              marks: [...points.map(point => mark(0, ...place(point))), mark(3, ...place(at))],
            },
            true,
          ) +
          axisName({ text: costName }),
      },
    ],
  });
  const rows = points.map((point, i) => {
    const mark = i === chosen ? 'best' : '';
    return [
      ...point.settings.map(value => sig(value)),
      share(point.correct, point.windows),
      sig(point.cost),
      i === chosen ? 'chosen' : '',
    ].map(text => ({ text, mark }));
  });
  const list = table({
    columns: [...settings.map(number), number('Accuracy, %'), number(costName), words('')],
    rows,
  });
  return `${drawing}<details><summary>${points.length} points</summary>${list}</details>`;
}

/** The report of a training: one HTML page that needs no other file, no script and no network. */
export function trainingHtml(report: TrainingReport): string {
  const { validation, choices } = report;
  const correct = validation?.people.reduce((sum, person) => sum + person.correct, 0);
  const answered = validation?.people.reduce((sum, person) => sum + person.windows, 0);
  const body = [
    networksSection(report),
    validationSection(report.labels, validation),
    choices.length === 0
      ? ''
      : section({ id: 'choices', title: 'Operating points', body: choices.map(choiceHtml).join('') }),
    curvesSection(report),
  ];
  const facts: [string, string][] = [
    ['people', count(report.people)],
    ['windows', count(report.windows)],
    ['trainings', count(report.curves.length)],
    ...(correct === undefined || answered === undefined
      ? []
      : [['out of fold', `${share(correct, answered)} % accuracy`] as [string, string]]),
  ];
  return htmlDocument({
    title: `littlefirst training: ${report.bundle}, seed ${report.seed}`,
    header: header({ report, facts }),
    body: body.join('\n'),
  });
}
