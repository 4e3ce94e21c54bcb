import { count, percent } from '../../../record/format.js';
import type { Block } from '../../../record/run-record.js';
import { seriesOf } from '../../groups.js';
import { number, table, words } from '../table.js';
import { type ReportContext, section } from '../template.js';

type Person = NonNullable<Block['people']>[number];

/** Accuracy of each person, one column a bundle and strategy; nothing where people are not told apart. */
export function peopleSection({ record }: ReportContext): string {
  const series = seriesOf(record, record.blocks).flatMap(({ label, blocks: [first] }) =>
    first.people === undefined ? [] : [{ label, people: new Map(first.people.map(p => [p.person, p])) }],
  );
  const names = [...new Set(series.flatMap(({ people }) => [...people.keys()]))];
  if (names.length < 2) return '';
  const accuracyOf = (person: Person | undefined): string =>
    person === undefined ? '' : percent(person.correct / person.windows, 1);
  return section({
    id: 'people',
    title: 'Accuracy by person',
    notes: [
      'Scored windows of each person at the first level of the first board; people differ more than windows do.',
    ],
    body: table({
      columns: [words('person'), number('windows'), ...series.map(({ label }) => number(`${label}, %`))],
      rows: names.map(name => [
        name,
        count(Math.max(...series.map(({ people }) => people.get(name)?.windows ?? 0))),
        ...series.map(({ people }) => accuracyOf(people.get(name))),
      ]),
    }),
  });
}
