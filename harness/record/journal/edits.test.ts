import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Random } from '../../data/random.js';
import { exitCodeOf, LittlefirstError } from '../../errors.js';
import { firstOf, journalText, testJournal, testLevels, writeTestRun } from '../../testing/record/run.js';
import { openRun } from '../../verdict/open-run.js';
import { readJournal } from './journal.js';
import type { EnergyRecord, JournalRecord } from './records.js';

const small = { windows: 8, levels: testLevels.slice(0, 2) };
const target = { name: 'saves', metric: 'energy-saving', strategies: ['1B6S'], atLeast: 0.5 } as const;
const journal = () => testJournal({ ...small, targets: [{ ...target, strategies: ['1B6S'] }] });

/** What the journal of a run folder is refused with, or undefined. */
async function refusal(folder: string): Promise<LittlefirstError | undefined> {
  try {
    await openRun(folder);
    return undefined;
  } catch (error) {
    if (error instanceof LittlefirstError) return error;
    throw error;
  }
}

const indexOf = (records: JournalRecord[], kind: JournalRecord['kind']): number =>
  records.indexOf(firstOf(records, kind));

const energyOf = (records: JournalRecord[], change: (column: number[]) => number[]): void => {
  for (const record of records)
    if (record.kind === 'energy')
      for (const key of ['gateMicrojoules', 'bigMicrojoules', 'otherMicrojoules'] as const)
        record[key] = change(record[key]);
};

type Edit = (records: JournalRecord[]) => void;
/** Reaches into a record past its type, as an editor of the file does. */
const set =
  (kind: JournalRecord['kind'], change: Record<string, unknown>): Edit =>
  records =>
    void Object.assign(firstOf(records, kind), change);

/** What somebody does to a journal; the field that a forger's copy with a right hash is refused by, where the records themselves show it. */
const edits: [string, Edit, string?][] = [
  ['all energies negative', r => energyOf(r, c => c.map(x => -x)), 'valid'],
  ['all energies a tenth', r => energyOf(r, c => c.map(x => x / 10))],
  ['all energies zero', r => energyOf(r, c => c.map(() => 0)), 'valid'],
  ['all energies a million times', r => energyOf(r, c => c.map(x => x * 1e6)), 'valid'],
  [
    'one energy doubled',
    r => {
      firstOf(r, 'energy').bigMicrojoules[3] *= 2;
    },
  ],
  ['energies of two windows swapped', swapWindows],
  ['an energy record twice', r => r.splice(indexOf(r, 'energy'), 0, firstOf(r, 'energy')), 'from'],
  ['an energy record gone', r => r.splice(indexOf(r, 'energy'), 1), 'valid'],
  [
    'half of the energies gone',
    r => {
      const energy = firstOf(r, 'energy');
      for (const [key, column] of Object.entries(energy))
        if (Array.isArray(column)) Object.assign(energy, { [key]: column.slice(0, 4) });
    },
    'valid',
  ],
  ['one energy column shorter', r => void firstOf(r, 'energy').gateSeconds.pop(), 'gateSeconds'],
  ['energy of a text', set('energy', { gateMicrojoules: ['1'] }), 'gateMicrojoules[0]'],
  ['energy of null', set('energy', { bigMicrojoules: [null] }), 'bigMicrojoules[0]'],
  ['energy that begins later', set('energy', { from: 4 }), 'from'],
  [
    'negative time',
    r => {
      firstOf(r, 'energy').bigSeconds[2] = -1;
    },
    'bigSeconds[2]',
  ],
  ['a window without time', r => void zeroTimes(firstOf(r, 'energy')), 'otherSeconds[2]'],
  [
    'a window of an hour',
    r => {
      firstOf(r, 'energy').bigSeconds[2] = 3600;
    },
    'bigSeconds[2]',
  ],
  ['the energies of two blocks swapped', swapEnergies],
  ['no uncertainty', r => r.splice(indexOf(r, 'block-energy'), 1), 'valid'],
  ['two uncertainties', r => r.splice(indexOf(r, 'trace'), 0, firstOf(r, 'block-energy')), 'kind'],
  [
    'a negative uncertainty',
    r => {
      firstOf(r, 'block-energy').uncertainty[0].microjoules = -1;
    },
    'uncertainty[0].microjoules',
  ],
  ['an uncertainty of nothing', set('block-energy', { uncertainty: undefined }), 'uncertainty'],
  ['sleep power changed', set('block-energy', { idleMicrowatts: 1 })],
  ['lost samples denied', set('block-energy', { lostSamples: -3 }), 'lostSamples'],
  ['a whole block gone', r => r.splice(indexOf(r, 'block-start'), 7), 'outcome'],
  [
    'all blocks gone',
    r => r.splice(indexOf(r, 'block-start'), r.length - 1 - indexOf(r, 'block-start')),
    'outcome',
  ],
  ['the start of a block gone', r => r.splice(indexOf(r, 'block-start'), 1), 'block'],
  ['the end of a block gone', r => r.splice(indexOf(r, 'block-end'), 1), 'outcome'],
  [
    'a block twice',
    r =>
      r.splice(
        indexOf(r, 'block-end') + 1,
        0,
        ...r.slice(indexOf(r, 'block-start'), indexOf(r, 'block-end') + 1),
      ),
    'attempt',
  ],
  ['an end twice', r => r.splice(indexOf(r, 'block-end'), 0, firstOf(r, 'block-end')), 'block'],
  ['a block outside the plan', set('block-start', { block: 99 }), 'block'],
  [
    'a block with another strategy',
    r => {
      firstOf(r, 'block-start').key = { ...firstOf(r, 'block-start').key, strategy: '1B1D' };
    },
    'key',
  ],
  [
    'a block with another level',
    r => {
      firstOf(r, 'block-start').key = { ...firstOf(r, 'block-start').key, level: testLevels[2] };
    },
    'key',
  ],
  ['a second pass that nobody planned', set('block-start', { pass: 2 }), 'pass'],
  ['an attempt left out', set('block-start', { attempt: 2 }), 'attempt'],
  ['an attempt of a half', set('block-start', { attempt: 1.5 }), 'attempt'],
  ['an end of another pass', set('block-end', { pass: 2 }), 'pass'],
  ['a valid block that lost something', set('block-end', { invalidity: 'method' }), 'invalidity'],
  ['an invalid block that lost nothing', set('block-end', { valid: 'so' }), 'invalidity'],
  ['an end that is neither', set('block-end', { valid: false }), 'valid'],
  ['no identity', r => r.splice(indexOf(r, 'identity'), 1), 'valid'],
  ['two identities', r => r.splice(indexOf(r, 'windows'), 0, firstOf(r, 'identity')), 'kind'],
  ['an image of a number', set('identity', { image: 7 }), 'image'],
  ['windows gone', r => r.splice(indexOf(r, 'windows'), 1), 'valid'],
  ['windows twice', r => r.splice(indexOf(r, 'windows'), 0, firstOf(r, 'windows')), 'from'],
  [
    'a label changed',
    r => {
      firstOf(r, 'windows').labels[2] ^= 1;
    },
  ],
  [
    'a label of no class',
    r => {
      firstOf(r, 'windows').labels[2] = 17;
    },
    'labels[2]',
  ],
  [
    'a label of a half',
    r => {
      firstOf(r, 'windows').labels[2] = 0.5;
    },
    'labels[2]',
  ],
  ['a path of another letter', set('windows', { path: 'xxxxxxxx' }), 'path'],
  ['a path that is shorter', set('windows', { path: 'ggg' }), 'path'],
  [
    'negative cycles',
    r => {
      firstOf(r, 'windows').bigCycles[1] = -5;
    },
    'bigCycles[1]',
  ],
  ['windows of an unknown block', set('windows', { block: 3 }), 'block'],
  ['a record with another field', set('windows', { colour: 'red' }), 'colour'],
  [
    'the truth changed',
    r => {
      firstOf(r, 'campaign').truth[0] = 5;
    },
  ],
  ['the truth shorter', r => void firstOf(r, 'campaign').truth.pop(), 'truth'],
  [
    'a true class that is none',
    r => {
      firstOf(r, 'campaign').truth[1] = 9;
    },
    'truth[1]',
  ],
  ['people shorter', r => void firstOf(r, 'campaign').subjects.pop(), 'subjects'],
  ['a reset beyond the windows', set('campaign', { resets: [0, 900] }), 'resets[1]'],
  ['all targets gone', set('campaign', { targets: [] })],
  ['a limit lowered', set('campaign', { targets: [{ ...target, atLeast: 0.01 }] })],
  ['a target of nonsense', set('campaign', { targets: [{ name: 1 }] }), 'targets[0].name'],
  ['targets that are no list', set('campaign', { targets: 'all' }), 'targets'],
  ['no plan', set('campaign', { plan: undefined }), 'plan'],
  [
    'a plan with a block twice',
    r => void firstOf(r, 'campaign').plan?.push(firstOf(r, 'campaign').plan![0]),
    'plan[4]',
  ],
  [
    'a plan with a block more',
    r => void firstOf(r, 'campaign').plan?.push({ ...firstOf(r, 'campaign').plan![0], chip: 'other' }),
    'outcome',
  ],
  [
    'modelled energy called measured',
    r => {
      firstOf(r, 'campaign').provenance.energy = 'measured';
    },
  ],
  [
    'energy of an unknown kind',
    r => void Object.assign(firstOf(r, 'campaign').provenance, { energy: 'sure' }),
    'provenance.energy',
  ],
  ['no provenance', set('campaign', { provenance: undefined }), 'provenance'],
  ['a campaign of another schema', set('campaign', { schema: 'littlefirst.journal/9' }), 'schema'],
  ['a campaign twice', r => r.splice(1, 0, firstOf(r, 'campaign')), 'kind'],
  ['no campaign', r => r.splice(0, 1), 'kind'],
  ['golden answers gone', r => r.splice(indexOf(r, 'golden'), 1), 'outcome'],
  ['golden answers twice', r => r.splice(indexOf(r, 'golden'), 0, firstOf(r, 'golden')), 'strategy'],
  [
    'golden answers that agree with a wrong one',
    r => {
      firstOf(r, 'golden').labels[2] ^= 1;
    },
  ],
  ['golden answers of fewer windows', r => void firstOf(r, 'golden').macs.pop(), 'macs'],
  [
    'MACs below zero',
    r => {
      firstOf(r, 'golden').macs[0] = -1;
    },
    'macs[0]',
  ],
  ['a trace with another length', r => void firstOf(r, 'trace').amperes.pop(), 'amperes'],
  ['a time that is none', set('finish', { t: 'yesterday' }), 't'],
  ['an outcome that is none', set('finish', { outcome: 'fine' }), 'outcome'],
];

function zeroTimes(energy: EnergyRecord): void {
  for (const column of [energy.gateSeconds, energy.bigSeconds, energy.otherSeconds]) column[2] = 0;
}

function swapWindows(records: JournalRecord[]): void {
  const column = records.filter(record => record.kind === 'energy')[1].bigMicrojoules;
  const other = column.findIndex(value => value !== column[0]);
  [column[0], column[other]] = [column[other], column[0]];
}

function swapEnergies(records: JournalRecord[]): void {
  const [first, second] = records.filter(record => record.kind === 'energy');
  const { block, ...rest } = first;
  const { block: otherBlock, ...otherRest } = second;
  Object.assign(first, structuredClone(otherRest), { block });
  Object.assign(second, structuredClone(rest), { block: otherBlock });
}

/** Records as an editor without a hash tool leaves them: each with the hash that it had. */
const editedText = (records: readonly JournalRecord[]): string =>
  records
    .map(record => {
      const { sha256, ...rest } = record as JournalRecord & { sha256?: string };
      return `${JSON.stringify(sha256 === undefined ? rest : { ...rest, sha256 })}\n`;
    })
    .join('');

describe('an edited journal', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  let original: string;
  before(async () => {
    folder = await writeTestRun(journal());
    file = join(folder, 'journal.ndjson');
    original = journalText(journal());
  });

  /** The original with an edit, each line with its old hash or all with right ones. */
  async function write(edit: Edit, isForged: boolean): Promise<void> {
    await writeFile(file, original);
    const records = structuredClone(await readJournal(folder));
    edit(records);
    await writeFile(file, isForged ? journalText(records) : editedText(records));
  }

  it('is read where nothing was edited', async () => {
    await write(() => {}, false);
    expect(await refusal(folder)).to.equal(undefined);
    expect((await openRun(folder)).record).to.include({ outcome: 'pass' });
  });

  for (const [name, edit, field] of edits) {
    it(`with ${name} is refused by line and field, exit 3`, async () => {
      await write(edit, false);
      const plain = await refusal(folder);
      expect(plain?.code, plain?.message).to.equal('LF_RUN_CORRUPT');
      expect(exitCodeOf(plain)).to.equal(3);
      expect(plain?.detail.fields?.line).to.be.a('number');
      expect(plain?.detail.fields?.field).to.match(/./);
      await write(edit, true);
      const forged = await refusal(folder);
      expect(forged?.detail.fields?.field, forged?.message).to.equal(field);
    });
  }

  it('of an earlier version, without hashes, is refused by what the records show, and read with a note', async () => {
    const old = (edit: Edit): string => {
      const records = structuredClone(journal());
      set('campaign', { schema: 'littlefirst.journal/1', plan: undefined })(records);
      edit(records);
      return editedText(records);
    };
    await writeFile(
      file,
      old(() => {}),
    );
    expect((await openRun(folder)).record).to.include({ integrity: 'unchained', outcome: 'pass' });
    const unseen: string[] = [];
    for (const [name, edit, field] of edits) {
      await writeFile(file, old(edit));
      if ((await refusal(folder)) === undefined && field !== undefined) unseen.push(name);
    }
    expect(unseen).to.deep.equal([
      'a whole block gone',
      'all blocks gone',
      'the end of a block gone',
      'a block with another strategy',
      'a block with another level',
      'a valid block that lost something',
      'an invalid block that lost nothing',
      'no plan',
      'a plan with a block twice',
      'a plan with a block more',
      'golden answers gone',
    ]);
  });

  it('does not lose its hashes by calling itself one of an earlier version', async () => {
    await writeFile(file, original.replace('littlefirst.journal/2', 'littlefirst.journal/1'));
    expect((await refusal(folder))?.detail.fields).to.include({ line: 1, field: 'schema' });
  });

  it('2,000 times at random is refused, or every reported figure is equal', async () => {
    const random = new Random(20_261, 0x65646974);
    const { record } = await openRun(await writeTestRun(journal()));
    const figures = ({ blocks, verdicts, provenance, outcome }: typeof record) =>
      JSON.stringify({ blocks, verdicts, provenance, outcome });
    const wanted = figures(record);
    const seen = { refused: 0, equal: 0, cutOff: 0 };
    for (let i = 0; i < 2000; i += 1) {
      const [what, text] = randomEdit(original, random);
      await writeFile(file, text);
      if ((await refusal(folder)) !== undefined) {
        seen.refused += 1;
        continue;
      }
      const now = (await openRun(folder)).record;
      if (figures(now) === wanted) seen.equal += 1;
      else {
        expect(now.outcome, `edit ${i}: ${what}`).to.equal('error');
        seen.cutOff += 1;
      }
    }
    expect(seen.refused).to.be.above(1900);
  });
});

/** One edit: what it is, and the text after it. Bytes are Latin-1: the journal of the test holds no others. */
function randomEdit(text: string, random: Random): [string, string] {
  const lines = text.split('\n').slice(0, -1);
  const line = random.integer(0, lines.length - 1);
  const at = random.integer(0, text.length - 1);
  const joined = (changed: string[]) => changed.map(one => `${one}\n`).join('');
  switch (random.integer(0, 6)) {
    case 0:
      return [`line ${line} deleted`, joined(lines.toSpliced(line, 1))];
    case 1:
      return [`line ${line} twice`, joined(lines.toSpliced(line, 0, lines[line]))];
    case 2: {
      const other = (line + random.integer(1, lines.length - 1)) % lines.length;
      return [
        `lines ${line} and ${other} swapped`,
        joined(lines.with(line, lines[other]).with(other, lines[line])),
      ];
    }
    case 3: {
      const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
      const { 0: old, index } = numbers[random.integer(0, numbers.length - 1)];
      const fresh = ['0', '-1', `${old}0`, String(Number(old) / 10), String(Number(old) + 1)][
        random.integer(0, 4)
      ];
      const changed = `${text.slice(0, index)}${fresh}${text.slice(index + old.length)}`;
      return changed === text ? randomEdit(text, random) : [`${old} at ${index} made ${fresh}`, changed];
    }
    case 4: {
      const byte = (text.charCodeAt(at) + random.integer(1, 127)) % 128;
      return [
        `byte ${at} made ${byte}`,
        `${text.slice(0, at)}${String.fromCharCode(byte)}${text.slice(at + 1)}`,
      ];
    }
    case 5:
      return [`byte ${at} deleted`, text.slice(0, at) + text.slice(at + 1)];
    default:
      return [`byte ${at} twice`, text.slice(0, at + 1) + text.slice(at)];
  }
}
