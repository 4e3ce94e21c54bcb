/** `npm run farm:simulate -- --benches 100000 --nights 365 --seed 7`: a farm in virtual time (README.md). Exit code 1: something does not hold. */
import { chmodSync, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../../farm/postgres/cluster.js';
import { thresholdOf } from '../../verdict/regression/threshold.js';
import { emptyFarm, prepareDatabase } from './open.js';
import { pureWorld } from './pure.js';
import { World } from './world.js';

const { values } = parseArgs({
  options: {
    benches: { type: 'string', default: '100000' },
    nights: { type: 'string', default: '365' },
    seed: { type: 'string', default: '7' },
    /** Largest part of it that is played with the database; benches times nights of more take hours. */
    'sql-benches': { type: 'string', default: '30' },
    'sql-nights': { type: 'string', default: '20' },
    /** Ends the world with the database after so many events. */
    'most-events': { type: 'string' },
    /** File for the log of all its events. */
    log: { type: 'string' },
    only: { type: 'string' },
  },
});

function whole(name: 'benches' | 'nights' | 'seed' | 'sql-benches' | 'sql-nights' | 'most-events'): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < (name === 'seed' ? 0 : 1)) {
    console.error(`--${name}: a whole number is expected, not ${values[name]}`);
    process.exit(4);
  }
  return number;
}

const [benches, nights, seed] = [whole('benches'), whole('nights'), whole('seed')];
const seconds = (begun: number): number => (performance.now() - begun) / 1000;
const print = (text = '') => process.stdout.write(`${text}\n`);

/** @returns whether everything holds */
async function withDatabase(): Promise<boolean> {
  const size = {
    benches: Math.min(benches, whole('sql-benches')),
    nights: Math.min(nights, whole('sql-nights')),
  };
  const folder = await mkdtemp(join(tmpdir(), 'littlefirst-simulation-'));
  chmodSync(folder, 0o755);
  const cluster = await startCluster({
    ...{ folder: join(folder, 'postgres'), password: 'of-the-simulation-only', isDurable: false },
  });
  const log = values.log === undefined ? undefined : createWriteStream(values.log);
  try {
    await prepareDatabase(cluster.connection);
    await emptyFarm(cluster.connection);
    const begun = performance.now();
    const outcome = await World.run({
      ...{ ...size, seed, connection: cluster.connection, folder: join(folder, 'artefacts') },
      ...(values['most-events'] !== undefined && { mostEvents: whole('most-events') }),
      onLine: line => void log?.write(`${line}\n`),
      onNight: (night, events) =>
        process.stderr.write(`night ${night}, ${events} events, ${Math.round(seconds(begun))} s\n`),
    });
    const took = seconds(begun);
    print(
      `With the database: ${size.benches} of ${benches} benches, ${size.nights} of ${nights} nights, seed ${seed}.`,
    );
    if (!outcome.isWhole) print('It was ended before its end.');
    print(
      `${outcome.events} events in ${took.toFixed(0)} s; all benches and nights would take ${(((took / size.benches / size.nights) * benches * nights) / 3600).toFixed(0)} h.`,
    );
    for (const [name, count] of Object.entries(outcome.counts))
      print(`${String(count).padStart(8)}  ${name}`);
    print(`log of all events: SHA-256 ${outcome.digest}`);
    for (const violation of outcome.violations.slice(0, 20)) print(`FAILS  ${violation}`);
    if (outcome.violations.length === 0) return true;
    print(
      `\nat event ${outcome.events} of seed ${seed}, ${size.benches} benches, ${size.nights} nights; the newest events:`,
    );
    for (const line of outcome.last) print(`  ${line}`);
    return false;
  } finally {
    log?.end();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns whether everything holds */
function withoutDatabase(): boolean {
  const begun = performance.now();
  const every = Math.max(1, Math.floor(benches / 10));
  /* As the farm shares its rate among its series. */
  const threshold = thresholdOf(benches, 52);
  const found = pureWorld({
    ...{ seed, benches, nights, threshold },
    onBench: bench => {
      if ((bench + 1) % every === 0)
        process.stderr.write(`${bench + 1} benches, ${Math.round(seconds(begun))} s\n`);
    },
  });
  const took = seconds(begun);
  print(
    `\nWithout the database: ${benches} benches, ${nights} nights, seed ${seed}: statistics of series and decisions on retries alone.`,
  );
  print(`${found.seriesNights} series-nights in ${took.toFixed(0)} s, threshold ${threshold.toFixed(2)}`);
  print(
    `${found.suspicions} suspicions, ${found.falseAlarms} alarms with no image to blame, ${found.repeated} further alarms of a step that had one`,
  );
  print(
    `${found.soon} of ${found.steps} steps of 1 % named the same night or the next (spreads of 0.1, 0.2 and 0.3 % alike often)`,
  );
  print(`${found.decisions} decisions on failed attempts`);
  for (const violation of found.violations.slice(0, 20)) print(`FAILS  ${violation}`);
  return found.violations.length === 0;
}

let isWell = true;
if (values.only !== 'pure') isWell = await withDatabase();
if (values.only !== 'sql') isWell = withoutDatabase() && isWell;
process.exitCode = isWell ? 0 : 1;
