import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execaNode } from 'execa';

/** `npm run bench:scaling -- --json FILE`: time and peak memory of evaluation and reports against windows, levels and chips. */
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const child = fileURLToPath(new URL('./measure-reports.ts', import.meta.url));
const cases = [
  [1_000, 1, 1],
  [10_000, 1, 1],
  [100_000, 1, 1],
  [1_000, 10, 1],
  [1_000, 1, 10],
];
const results: unknown[] = [];
for (const sizes of cases) {
  const { stdout } = await execaNode(child, sizes.map(String), { nodeOptions: ['--import', 'tsx'] });
  results.push(JSON.parse(stdout));
}
const text = `${JSON.stringify(results, null, 2)}\n`;
if (values.json === undefined) process.stdout.write(text);
else await writeFile(values.json, text);
