import { relative, sep } from 'node:path';
import { stringify } from 'yaml';
import { shippedBundles } from '../../../campaign/bench/names.js';
import type { JournalData } from '../../../verdict/evaluation/block-data.js';
import { labelFiles } from '../../label/write.js';
import { type ReportContext, section, template } from '../template.js';

/** What the journal keeps of a bench besides what its file says. */
const resolved: ReadonlySet<string> = new Set(['file', 'narrowed', 'models', 'duts']);

/** A shipped bundle by its name; any other by the last part of its path, which is not ours to publish. */
function bundleName(path: string): string {
  const inside = relative(shippedBundles, path);
  return inside.startsWith('..') || inside.includes(sep)
    ? `./${path.split(/[\\/]/).at(-1)}`
    : `littlefirst:${inside}`;
}

/** The bench of a run as a file that can be run again; undefined where the journal holds none. */
export function benchOf({ campaign: { bench } }: JournalData): string | undefined {
  if (typeof bench !== 'object' || bench === null || !('duts' in bench) || !('bundles' in bench))
    return undefined;
  const { duts, bundles, link, ...others } = bench as Record<string, unknown> & {
    duts: unknown[];
    bundles: string[];
  };
  const kept = Object.entries(others).filter(([key, value]) => !resolved.has(key) && value !== undefined);
  return stringify({
    ...Object.fromEntries(kept),
    ...(link === 'device:' ? {} : { link }),
    duts,
    bundles: bundles.map(bundleName),
  });
}

const labelBody = template<{ svg: string; pdf: string }>(`
<p>One page about one block, for papers and READMEs: <a href="<%= it.svg %>"><%= it.svg %></a> and <a href="<%= it.pdf %>"><%= it.pdf %></a> beside this page are about the cascade's block that saves least; of another block:</p>
<pre tabindex="0">littlefirst label RUN --block BOARD/CHIP/LEVEL/BUNDLE/STRATEGY</pre>
`);

/** Where the energy label is, and the command that makes one of another block. A check by other targets has the label of its run. */
export function labelSection({ record, word }: ReportContext): string {
  if (record.blocks.length === 0) return '';
  return section({ id: 'label', title: `Energy label (${word})`, body: labelBody(labelFiles) });
}

const body = template<{ bench: string; version: string; commit: string; cite: string }>(`
<p>With littlefirst <%= it.version %> (commit <%= it.commit %>), this text saved as reproduce.yaml, and bundles and data of the SHA-256 below "Provenance":</p>
<pre tabindex="0">littlefirst run reproduce.yaml</pre>
<details><summary>reproduce.yaml</summary><pre tabindex="0"><%= it.bench %></pre></details>
<p>To cite this run:</p>
<pre tabindex="0"><%= it.cite %></pre>
`);

/** The bench and the one command that make the run again, and how to cite it. */
export function reproduceSection({ run, record }: ReportContext): string {
  const bench = benchOf(run.journal);
  if (bench === undefined) return '';
  const { harness, energy } = record.provenance;
  const cite = `@misc{${record.id.replace(/[^A-Za-z0-9-]/g, '-')},
  title  = {littlefirst run ${record.id}: ${energy === 'none' ? 'accuracy' : `accuracy and ${energy} energy`} of ${record.blocks.length} blocks},
  year   = {${record.startedAt.slice(0, 4)}},
  note   = {littlefirst ${harness.version}, commit ${harness.commit}${harness.dirty ? ' with local changes' : ''}; outcome ${record.outcome}}
}`;
  return section({
    id: 'reproduce',
    title: 'How to reproduce and cite',
    body: body({ bench, version: harness.version, commit: harness.commit, cite }),
  });
}
