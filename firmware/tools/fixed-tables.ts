/**
 * Writes the tables of the filtered cascade's fixed-point functions to `core/fixed_tables.h`, from the golden ones.
 * Run after a change of these: `npx tsx firmware/tools/fixed-tables.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { log2Table, sigmoidTable } from '../../harness/model/cascade/filtered/fixed.js';
import { firmwareFolder } from './build.js';

export const tablesFile = join(firmwareFolder, 'core', 'fixed_tables.h');

function table(name: string, comment: string, values: readonly number[]): string {
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += 13) lines.push(`  ${values.slice(i, i + 13).join(', ')},`);
  return `/** ${comment} */\nstatic const uint16_t ${name}[${values.length}] = {\n${lines.join('\n')}\n};\n`;
}

/** Text of the header. */
export function fixedTables(): string {
  return `/** Made by firmware/tools/fixed-tables.ts from harness/model/cascade/filtered/fixed.ts; do not edit. */
#pragma once

#include <stdint.h>

${table(
  'fixed_log2_table',
  'log2(1 + i / 64) in Q16, modulo 65536: the last entry stands for 1.',
  log2Table.map(value => value & 0xffff),
)}
${table('fixed_sigmoid_table', '1 / (1 + exp(8 - i / 8)) in Q15.', sigmoidTable)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(tablesFile, fixedTables());
