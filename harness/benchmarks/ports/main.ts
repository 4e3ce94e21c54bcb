/** `npm run bench:ports`: every emulated port against every check, and faults put into a port on purpose: which check finds each. */
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { listBoards } from '../../library/board/boards.js';
import { checkBoard, type Finding } from '../../library/board/check.js';
import { portFaults } from '../../testing/boards/faults.js';
import { buildBoard, putIn, strangersBoard } from '../../testing/boards/stranger.js';

const windows = 12;
const marks = { pass: 'pass', fail: '**FAIL**', skip: '-' } as const;

async function ports(stranger: string): Promise<void> {
  const boards = (await listBoards()).filter(
    ({ emulator, folder }) => emulator !== undefined && folder === undefined,
  );
  const columns: { name: string; findings: Finding[] }[] = [];
  for (const name of [...boards.map(board => board.name), stranger]) {
    const { board, findings } = await checkBoard(name, { windows, bundles: ['littlefirst:paper'] });
    columns.push({ name: board, findings });
  }
  console.log(`| check | ${columns.map(({ name }) => name).join(' | ')} |`);
  console.log(`|---|${'---|'.repeat(columns.length)}`);
  for (const [i, { check }] of columns[0].findings.entries())
    console.log(`| ${check} | ${columns.map(({ findings }) => marks[findings[i].verdict]).join(' | ')} |`);
  for (const { name, findings } of columns)
    for (const { check, verdict, seen } of findings)
      if (verdict === 'fail') console.log(`${name} ${check}: ${seen}`);
}

async function faults(folder: string): Promise<void> {
  let found = 0;
  console.log('\n| fault | found by | what it said |\n|---|---|---|');
  for (const fault of portFaults) {
    const takeOut = await putIn(folder, fault);
    await buildBoard(folder);
    const { findings } = await checkBoard(folder, {
      only: fault.check === 'stack' ? ['identity', 'wake', 'overrun', 'stack'] : [fault.check],
      windows,
      bundles: ['littlefirst:paper'],
    });
    await takeOut();
    const failed = findings.filter(({ verdict }) => verdict === 'fail');
    if (failed.some(({ check }) => check === fault.check)) found += 1;
    console.log(
      `| ${fault.name} | ${failed.map(({ check }) => check).join(', ') || 'nothing'} | ${failed[0]?.seen ?? ''} |`,
    );
  }
  console.log(`\n${found} of ${portFaults.length} faults found by the check that must find them`);
  if (found < portFaults.length) process.exitCode = 1;
}

const into = makeTemporaryFolder('ports');
try {
  const { folder, lines } = await strangersBoard(into);
  console.log(`the stranger's port: ${lines.c} lines of C, ${lines.others} in the files beside it\n`);
  await buildBoard(folder);
  if (!process.argv.includes('--faults')) await ports(folder);
  await faults(folder);
} finally {
  removeTemporaryFolder(into);
}
