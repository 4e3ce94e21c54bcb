import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes, LittlefirstError } from '../../errors.js';
import type { FarmAccess } from '../../library/index.js';
import { type CliContext, type Finish, printLine } from '../context.js';
import { wholeNumber } from '../options.js';
import { type AccessOptions, secondsOf } from './access.js';
import { addLease } from './lease.js';
import { addLedger } from './ledger.js';
import { addWait, type WaitOptions, waitAndTell, waitOptions } from './wait.js';

/** The part of the library that a farm needs, read when something is done with one. */
const library = () => import('../../library/index.js');

/** A request to a farm's server. */
async function ask<T>(...words: Parameters<Awaited<ReturnType<typeof library>>['askFarm']>): Promise<T> {
  return (await library()).askFarm<T>(...words);
}

/** Seconds without word of its worker after which a device is free again: a busy host is late by less. */
const defaultLeaseSeconds = 60;
const defaultPort = 8680;

const portOption = () =>
  new Option('--port <number>', 'port; 0: a free one').default(defaultPort).argParser(wholeNumber);
const hostOption = () => new Option('--host <address>', 'address to listen on').default('127.0.0.1');
const leaseOption = () =>
  new Option('--lease <seconds>', 'how long a device is held without word of its worker')
    .default(defaultLeaseSeconds)
    .argParser(wholeNumber);

/** A percentage; 0 is one, too. */
function wantedPercent(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value >= 50)
    throw new InvalidArgumentError('a percentage from 0 to below 50 is expected, e.g. 1');
  return value;
}

/** `bench/device` as part of an address. @throws LF_USAGE */
function devicePath(text: string): string {
  const [, bench, device] = /^([\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  if (bench === undefined)
    throw new LittlefirstError('LF_USAGE', 'This names no device', {
      expected: 'bench/device',
      received: text,
    });
  return `benches/${bench}/devices/${device}/reservation`;
}

function addUp(farm: Command, context: CliContext, finish: Finish): void {
  farm
    .command('up')
    .description('start a whole farm on this machine: database, server, and a worker with emulated boards')
    .option('--dir <folder>', 'folder of everything that it keeps', 'farm')
    .addOption(hostOption())
    .addOption(portOption())
    .addOption(leaseOption())
    .addOption(
      new Option('--devices <count>', 'emulated boards of its worker').default(1).argParser(wholeNumber),
    )
    .action(async (options: { dir: string; host: string; port: number; lease: number; devices: number }) => {
      const { lease: leaseSeconds, ...others } = options;
      const running = await (await library()).farmUp({
        ...others,
        leaseSeconds,
        dir: resolve(context.cwd, options.dir),
        signal: context.signal,
        onNote: text => printLine(context.err, text),
      });
      printLine(context.out, running.address);
      printLine(context.err, `sign in, once, at ${running.signInAddress}`);
      printLine(
        context.err,
        `tokens are in ${running.secretsFile}; fill the queue by \`littlefirst farm enqueue\``,
      );
      await running.ended;
      finish(exitCodes.pass);
    });
}

/** A folder of this machine; a store's address as it is. */
const placeOf = ({ cwd }: CliContext, place: string): string =>
  place.startsWith('s3:') ? place : resolve(cwd, place);

interface ServeOptions {
  artefacts: string;
  host: string;
  port: number;
  lease: number;
  tlsKey?: string;
  tlsCert?: string;
  behindProxy?: boolean;
  firstOperator?: string;
  webhook?: string;
  wantedStep: number;
}

function addServe(farm: Command, context: CliContext, finish: Finish): void {
  farm
    .command('serve')
    .description(
      "serve a farm on the PostgreSQL that DATABASE_URL names; LITTLEFIRST_FARM_SECRET signs browsers' sessions",
    )
    .option('--artefacts <place>', 'folder of the files of runs, or s3://BUCKET[/PREFIX]', 'artefacts')
    .addOption(hostOption())
    .addOption(portOption())
    .addOption(leaseOption())
    .option('--tls-key <file>', 'private key, PEM')
    .option('--tls-cert <file>', 'certificate, PEM')
    .option('--behind-proxy', 'believe what a proxy says of addresses')
    .option('--first-operator <name>', 'make a token of an operator and print it')
    .option(
      '--webhook <address>',
      'tell alarms there, signed by LITTLEFIRST_FARM_WEBHOOK_SECRET as Standard Webhooks has it',
    )
    .addOption(
      new Option(
        '--wanted-step <percent>',
        'a step that series are to name within two nights, at the price of confirming runs; 0: only what their nights show',
      )
        .default(1)
        .argParser(wantedPercent),
    )
    .action(async (options: ServeOptions) => {
      const { DATABASE_URL: databaseUrl, LITTLEFIRST_FARM_SECRET: secret } = process.env;
      const { tlsKey, tlsCert } = options;
      if (databaseUrl === undefined || secret === undefined || secret.length < 32)
        throw new LittlefirstError('LF_USAGE', 'A server needs its database and its secret', {
          expected: 'DATABASE_URL, and LITTLEFIRST_FARM_SECRET of 32 characters or more',
          hint: '`littlefirst farm up` needs neither',
        });
      if ((tlsKey === undefined) !== (tlsCert === undefined))
        throw new LittlefirstError('LF_USAGE', '--tls-key and --tls-cert belong together');
      const running = await (await library()).farmServe({
        ...{ databaseUrl, secret, artefacts: placeOf(context, options.artefacts) },
        ...{ host: options.host, port: options.port, leaseSeconds: options.lease },
        ...{ isBehindProxy: options.behindProxy === true, firstOperator: options.firstOperator },
        wantedStep: options.wantedStep / 100,
        webhook:
          options.webhook === undefined
            ? undefined
            : { address: options.webhook, secret: process.env.LITTLEFIRST_FARM_WEBHOOK_SECRET },
        tls:
          tlsKey === undefined || tlsCert === undefined
            ? undefined
            : { keyFile: resolve(context.cwd, tlsKey), certFile: resolve(context.cwd, tlsCert) },
        signal: context.signal,
        onNote: text => printLine(context.err, text),
      });
      printLine(context.out, running.address);
      if (running.operatorToken !== undefined) printLine(context.out, running.operatorToken);
      await running.ended;
      finish(exitCodes.pass);
    });
}

/** `littlefirst farm`: a device farm, and what people and benches do with it. */
export function addFarm(command: Command, context: CliContext, finish: Finish): void {
  const access = (one: Command) =>
    one.option('--dir <folder>', 'farm of this machine; else LITTLEFIRST_FARM and LITTLEFIRST_FARM_TOKEN');
  const accessOf = ({ dir }: AccessOptions): FarmAccess => ({
    dir: dir === undefined ? undefined : resolve(context.cwd, dir),
  });
  const change = (name: 'drain' | 'undrain' | 'quarantine' | 'release', description: string) =>
    access(command.command(`${name} <bench>`).description(description))
      .requiredOption('--reason <text>', 'why, for the audit log')
      .action(async (bench: string, options: AccessOptions & { reason: string }) => {
        if (!/^[\w.-]+$/.test(bench))
          throw new LittlefirstError('LF_USAGE', 'This names no bench', { received: bench });
        await ask(accessOf(options), 'POST', `benches/${bench}/${name}`, { reason: options.reason });
        finish(exitCodes.pass);
      });

  addUp(command, context, finish);
  addServe(command, context, finish);
  command
    .command('worker <file>')
    .description('work for a farm with the benches of a worker file')
    .action(async (file: string) => {
      await (await library()).farmWorker(resolve(context.cwd, file), context.signal, text =>
        printLine(context.err, text),
      );
      finish(exitCodes.pass);
    });
  waitOptions(
    access(command.command('enqueue <nightly>').description('put the jobs of a nightly into the queue')),
  )
    .option('--cron <fields>', 'again and again, by five fields of cron; times that were missed count once')
    .option('--timezone <name>', 'time zone of these, e.g. Europe/Berlin', 'UTC')
    .option(
      '--key <text>',
      'of this request, e.g. the number of a pipeline: with the same key again nothing is added',
    )
    .option('--wait', 'wait until these jobs have ended, as `farm wait` does, with the options of that')
    .action(
      async (
        nightly: string,
        options: WaitOptions & { cron?: string; timezone: string; key?: string; wait?: boolean },
      ) => {
        const { cron, timezone, key, wait } = options;
        if (cron !== undefined && key !== undefined)
          throw new LittlefirstError(
            'LF_USAGE',
            '--key is for what is enqueued now, --cron replaces by its name',
          );
        if (cron !== undefined && wait === true)
          throw new LittlefirstError('LF_USAGE', '--wait is for what is enqueued now, not for --cron');
        const when = cron === undefined ? undefined : { cron, timezone };
        const { enqueueNightly } = await library();
        const jobs = await enqueueNightly(accessOf(options), nightly, context.cwd, when, key);
        for (const id of jobs) printLine(context.out, id);
        if (wait === true)
          await waitAndTell({ context, finish }, accessOf(options), { jobs, isKnown: true }, options);
        else finish(exitCodes.pass);
      },
    );
  access(command.command('schedules').description('say which nightlies come again, and when next')).action(
    async (options: AccessOptions) => {
      const all = await ask<Record<'name' | 'cron' | 'timezone' | 'next_due', string>[]>(
        accessOf(options),
        'GET',
        'schedules',
      );
      for (const { name, cron, timezone, next_due } of all)
        printLine(context.out, `${name}  ${cron}  ${timezone}  next ${next_due}`);
      finish(exitCodes.pass);
    },
  );
  access(command.command('unschedule <nightly>').description('enqueue a nightly no more')).action(
    async (nightly: string, options: AccessOptions) => {
      const path = `schedules/${encodeURIComponent(nightly)}`;
      const { removed } = await ask<{ removed: boolean }>(accessOf(options), 'DELETE', path);
      if (!removed)
        throw new LittlefirstError('LF_USAGE', 'There is no such schedule', {
          received: nightly,
          hint: '`littlefirst farm schedules` lists them',
        });
      finish(exitCodes.pass);
    },
  );
  access(command.command('cancel <job>').description('cancel a job')).action(
    async (job: string, options: AccessOptions) => {
      const { state } = await ask<{ state: string }>(
        accessOf(options),
        'POST',
        `jobs/${encodeURIComponent(job)}/cancel`,
      );
      printLine(context.out, state);
      finish(exitCodes.pass);
    },
  );
  access(
    command
      .command('reserve <device>')
      .description('take a device (bench/device) that no job gets meanwhile'),
  )
    .option('--for <time>', 'how long, e.g. 45m, 2h, 3d', '2h')
    .option('--end', 'give it back')
    .action(async (device: string, options: AccessOptions & { for: string; end?: boolean }) => {
      const path = devicePath(device);
      if (options.end === true) await ask(accessOf(options), 'DELETE', path);
      else await ask(accessOf(options), 'POST', path, { seconds: secondsOf(options.for) });
      finish(exitCodes.pass);
    });
  access(command.command('token <name>').description('make a token, or void one'))
    .addOption(
      new Option('--role <role>', 'what it may').choices(['viewer', 'operator', 'worker']).default('viewer'),
    )
    .option('--revoke', 'make the token void at once')
    .action(async (name: string, options: AccessOptions & { role: string; revoke?: boolean }) => {
      const where = accessOf(options);
      if (options.revoke === true) await ask(where, 'DELETE', `tokens/${encodeURIComponent(name)}`);
      else
        printLine(
          context.out,
          (await ask<{ token: string }>(where, 'POST', 'tokens', { name, role: options.role })).token,
        );
      finish(exitCodes.pass);
    });
  addLedger(command, { context, finish, access, accessOf });
  addLease(command, { context, finish, access, accessOf });
  addWait(command, { context, finish, access, accessOf });
  change('drain', 'let a bench end what it runs, and give it nothing new');
  change('undrain', 'give a drained bench jobs again');
  change('quarantine', 'give a bench no jobs until a person releases it');
  change('release', 'bring a bench back from quarantine');
}
