import { count, percent, sig } from '../record/format.js';
import { chart } from '../report/html/chart.js';
import { confusionMatrix } from '../report/html/confusion-matrix.js';
import { style } from '../report/html/style.js';
import { number, table, words } from '../report/html/table.js';
import { section, template } from '../report/html/template.js';
import type { OperatingChoice, TrainingReport, Validation } from './report-data.js';

const page = template<{ report: TrainingReport; style: string; tiles: [string, string][]; body: string }>(
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>littlefirst training: <%= it.report.bundle %>, seed <%= it.report.seed %></title>
<style><%~ it.style %></style>
</head>
<body>
<header class="pass"><p class="brand">littlefirst</p>
<h1>Training of <%= it.report.bundle %></h1>
<p>Seed <%= it.report.seed %>; training people of <%= it.report.dataName %> only (windows <code><%= it.report.dataset.slice(0, 16) %></code>). Test people appear nowhere on this page: every accuracy here is of training people whom the network had not seen.</p>
</header>
<div class="tiles"><% for (const [value, label] of it.tiles) { %><div><b><%= value %></b><span><%= label %></span></div><% } %></div>
<%~ it.body %>
</body>
</html>
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

function curvesSection({ curves }: TrainingReport): string {
  const networks = [...new Set(curves.map(({ network }) => network))];
  const charts = networks.map(name => {
    const own = curves.filter(({ network }) => network === name);
    return chart({
      title: `${name}: training loss`,
      width: 560,
      height: 260,
      option: {
        legend: { top: 0 },
        grid: { left: 50, right: 20, top: 36, bottom: 36, containLabel: true },
        xAxis: { type: 'value', min: 1, name: 'epoch', nameLocation: 'middle', nameGap: 26, minInterval: 1 },
        yAxis: {
          type: 'value',
          scale: true,
          name: 'cross-entropy, nats',
          nameLocation: 'middle',
          nameGap: 40,
        },
        series: own.map(({ part, losses }) => ({
          type: 'line',
          name: part,
          showSymbol: losses.length === 1,
          data: losses.map((loss, epoch) => [epoch + 1, loss]),
        })),
      },
    });
  });
  return section({
    id: 'curves',
    title: 'Loss curves',
    notes: [
      'Mean loss of each epoch on augmented windows, with label smoothing where the recipe has it: its floor is then above zero.',
    ],
    body: `<div class="pair">${charts.join('')}</div>`,
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
  const at = points[chosen];
  const dot = (name: string, list: typeof points, symbol: string, symbolSize: number) => ({
    type: 'scatter',
    name,
    symbol,
    symbolSize,
    data: list.map(point => [point.cost, (100 * point.correct) / point.windows]),
  });
  const figure = chart({
    title: `${title}: accuracy against ${costName}, out of fold`,
    note: why,
    height: 300,
    option: {
      legend: { top: 0 },
      grid: { left: 50, right: 20, top: 36, bottom: 36, containLabel: true },
      xAxis: { type: 'value', scale: true, name: costName, nameLocation: 'middle', nameGap: 26 },
      yAxis: { type: 'value', scale: true, name: 'accuracy, %', nameLocation: 'middle', nameGap: 40 },
      series: [dot('tried', points, 'circle', 7), dot('chosen', [at], 'diamond', 18)],
    },
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
  return `${figure}<details><summary>${points.length} points</summary>${list}</details>`;
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
  return page({
    report,
    style,
    tiles: [
      [count(report.people), 'training people'],
      [count(report.windows), 'training windows'],
      [count(report.curves.length), 'trainings'],
      ...(correct === undefined || answered === undefined
        ? []
        : [[`${share(correct, answered)} %`, 'accuracy out of fold'] as [string, string]]),
    ],
    body: body.join('\n'),
  });
}
