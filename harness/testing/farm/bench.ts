import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate } from '../../verdict/evaluation/evaluate.js';
import { testJournal, testLevels } from '../record/run.js';

/**
 * What stands in the place of `littlefirst run`: no imports, so that it starts at once. It writes its words, waits for the file `go`, and ends
 * when its standard input does.
 */
const script = `
const fs = require('fs'), path = require('path');
const [folder, ...words] = process.argv.slice(1);
const after = name => words[words.indexOf(name) + 1];
const [fence, attempt] = after('--lease').split(':');
fs.writeFileSync(path.join(folder, 'words.json'), JSON.stringify(words));
process.stdin.on('end', () => process.exit(3)).resume();
const record = JSON.parse(fs.readFileSync(path.join(folder, 'run.json')));
Object.assign(record, { id: 'run-' + attempt, lease: { fence: Number(fence), attempt } });
const end = () => {
  if (!fs.existsSync(path.join(folder, 'go'))) return setTimeout(end, 50);
  const fails = path.join(folder, 'fails');
  if (fs.existsSync(fails)) {
    process.stderr.write(fs.readFileSync(fails));
    process.exit(3);
  }
  fs.mkdirSync(after('--out'));
  fs.writeFileSync(path.join(after('--out'), 'run.json'), JSON.stringify(record));
  process.exit(record.outcome === 'fail' ? 1 : 0);
};
end();
`;

/** The record of a run that never was. */
export function fakeRecord() {
  return evaluate(testJournal({ windows: 6, levels: testLevels.slice(0, 1), energy: 'modelled' }));
}

/** @param folder where the program looks for `go` and `fails` (what it then says), and leaves `words.json` @returns its command line */
export function fakeProgram(folder: string, outcome: 'pass' | 'fail' = 'pass'): string[] {
  const file = join(folder, 'run.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ ...fakeRecord(), outcome }));
  return [process.execPath, '-e', script, '--', folder];
}
