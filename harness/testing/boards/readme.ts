import { listBoards } from '../../library/board/boards.js';
import { boardsTable } from '../../library/board/table.js';

/** What stands before and behind the table. */
const marks = ['<!-- boards: npm run docs:boards -->', '<!-- end of boards -->'] as const;

/** README.md with the boards of the package between its marks as they are now. @throws Error without marks */
export async function withBoards(readme: string): Promise<string> {
  const [start, end] = marks.map(mark => readme.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`no ${marks.join(' ... ')} in README.md`);
  const shipped = (await listBoards()).filter(({ folder }) => folder === undefined);
  const table = await boardsTable(shipped);
  return `${readme.slice(0, start + marks[0].length)}\n\n${table}\n\n${readme.slice(end)}`;
}
