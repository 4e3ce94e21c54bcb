/**
 * `npm run bench:ports`: every emulated port against every check, and faults put into ports on purpose: which check, or which rule of the model of its
 * chip, finds each. `-- --faults`: without the table of ports; `-- --chips`: the faults of ports with a watchdog or a model of their chip alone.
 */
import { checkConformance } from '../../campaign/conformance/run.js';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../host/temporary-folder.js';
import { listBoards } from '../../library/board/boards.js';
import { checkBoard, type Finding } from '../../library/board/check.js';
import { triedPorts } from '../../testing/boards/chip-faults.js';
import { portFaults } from '../../testing/boards/faults.js';
import { emulatedBench, patched, thumb } from '../../testing/boards/patched.js';
import { PortTrial } from '../../testing/boards/port-trial.js';
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

/** Faults that a model of a chip's registers must name. */
async function chipFaults(): Promise<void> {
  console.log('\n| port | fault in | what the model of its chip said |\n|---|---|---|');
  for (const { port, faults } of Object.values(triedPorts)) {
    const trial = await PortTrial.build(port);
    let named = 0;
    try {
      for (const fault of faults) {
        const { broken } = await trial.run(fault);
        if (broken !== undefined && fault.rule.test(broken)) named += 1;
        console.log(`| ${port.name} | ${fault.file} | ${broken ?? 'nothing'} |`);
      }
    } finally {
      await trial.remove();
    }
    console.log(`\n${port.name}: ${named} of ${faults.length} faults named by the model of its chip\n`);
    if (named < faults.length) process.exitCode = 1;
  }
}

/** The stranger's port has no watchdog: in the ports that have one its reason is lost, and the check of that name must say so. */
async function watchdogFaults(): Promise<void> {
  console.log('\n| port | fault | found by | what it said |\n|---|---|---|---|');
  for (const { name, emulator, folder, watchdogSeconds } of await listBoards()) {
    if (emulator === undefined || folder !== undefined || watchdogSeconds === undefined) continue;
    const fault = await patched(await emulatedBench(name), 'port_reset_reason', thumb.zero);
    const findings = await checkConformance(fault, { only: ['watchdog'] });
    const found = findings.find(({ check, verdict }) => check === 'watchdog' && verdict === 'fail');
    console.log(`| ${name} | reason lost | ${found?.check ?? 'nothing'} | ${found?.seen ?? ''} |`);
    if (found === undefined) process.exitCode = 1;
  }
}

const into = makeTemporaryFolder('ports');
try {
  if (!process.argv.includes('--chips')) {
    const { folder, lines } = await strangersBoard(into);
    console.log(`the stranger's port: ${lines.c} lines of C, ${lines.others} in the files beside it\n`);
    await buildBoard(folder);
    if (!process.argv.includes('--faults')) await ports(folder);
    await faults(folder);
  }
  await watchdogFaults();
  await chipFaults();
} finally {
  removeTemporaryFolder(into);
}
