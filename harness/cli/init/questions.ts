import { createInterface, type Interface } from 'node:readline/promises';
import {
  bundleNames,
  type CiName,
  ciNames,
  type connectedBenches,
  didYouMean,
  LittlefirstError,
  listBoards,
  meterDriverNames,
} from '../../library/index.js';
import { type CliContext, printLine } from '../context.js';
import type { InitCommandOptions } from './options.js';

type Connected = Awaited<ReturnType<typeof connectedBenches>>;

/** Says what is connected, and which shipped benches are for it. */
export function tellConnected({ err }: CliContext, { devices, benches }: Connected): void {
  if (benches.length === 0) return;
  printLine(err, 'connected, by littlefirst doctor:');
  for (const { what, detail } of devices) printLine(err, `  ${what}: ${detail}`);
  for (const { name, filledIn, isComplete } of benches) {
    const absent = filledIn.filter(({ serialNumber }) => serialNumber === undefined);
    const rest = isComplete
      ? 'everything that it names is connected'
      : absent.map(({ placeholder, reason }) => `${placeholder}: ${reason}`).join('; ');
    printLine(err, `  bench ${name} is for it (littlefirst init --from ${name}): ${rest}`);
  }
}

interface Question {
  text: string;
  choices: readonly string[];
  fallback: string;
  /** Other answers are taken too, e.g. folders. */
  isOpen?: boolean;
}

/** What the user types: ends where the terminal closes, or with Ctrl-C. */
class Dialogue {
  private readonly lines: Interface;

  constructor(private readonly context: CliContext) {
    this.lines = createInterface({ input: context.in, output: context.err, terminal: true });
  }

  /** Asks until the answer is one of the choices; Enter takes the default. */
  async ask({ text, choices, fallback, isOpen = false }: Question): Promise<string> {
    for (;;) {
      const shown = isOpen ? [...choices, 'a folder'] : choices;
      const answer = (await this.line(`${text} (${shown.join(', ')}) [${fallback}]: `)).trim() || fallback;
      if (choices.includes(answer) || (isOpen && /[\\/]/.test(answer))) return answer;
      printLine(this.context.err, `"${answer}" is none of these; ${didYouMean(answer, [...choices])}`);
    }
  }

  private line(prompt: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = () =>
        reject(
          new LittlefirstError('LF_INTERRUPTED', 'No answer came', {
            expected: 'answers on the terminal, or --yes for the defaults',
            received: 'its end',
          }),
        );
      this.lines.once('close', end);
      this.lines.question(prompt).then(answer => {
        this.lines.off('close', end);
        resolve(answer);
      }, reject);
    });
  }

  close(): void {
    this.lines.removeAllListeners('close');
    this.lines.close();
  }
}

const emulated = 'emulated';

/** Asks for what no flag says. What is connected comes first. */
export async function askForBench(
  context: CliContext,
  options: InitCommandOptions,
  { benches }: Connected,
): Promise<InitCommandOptions> {
  const dialogue = new Dialogue(context);
  const ask = async (given: string | undefined, question: Question) =>
    given ?? (await dialogue.ask(question));
  try {
    const real = benches.map(({ name }) => name);
    const fallback = benches.find(({ isComplete }) => isComplete)?.name ?? emulated;
    const from =
      real.length === 0 || options.board !== undefined || options.meter !== undefined
        ? emulated
        : await dialogue.ask({ text: 'Board and meter', choices: [emulated, ...real], fallback });
    const ci = options.ci ?? (await askForCi(dialogue));
    if (from !== emulated) return { ...options, from, ci };
    const boards = (await listBoards()).flatMap(one => (one.emulator === undefined ? [] : [one.name]));
    const board = await ask(options.board, { text: 'Board, emulated', choices: boards, fallback: 'rp2040' });
    const drivers = [...meterDriverNames, 'direct', 'none'];
    const meter = await ask(options.meter, { text: 'Meter', choices: drivers, fallback: 'ppk2' });
    const sets = ['synthetic', 'uci-har', 'hapt'];
    const data = await ask(options.data, { text: 'Data', choices: sets, fallback: 'synthetic' });
    const shipped = bundleNames().map(name => `littlefirst:${name}`);
    const bundle = await ask(options.bundle, {
      text: 'Bundle',
      choices: shipped,
      fallback: 'littlefirst:paper',
      isOpen: true,
    });
    return { ...options, board, meter, data: data as InitCommandOptions['data'], bundle, ci };
  } finally {
    dialogue.close();
  }
}

async function askForCi(dialogue: Dialogue): Promise<CiName[]> {
  const choices = ['no', ...ciNames];
  const answer = await dialogue.ask({ text: 'Recipe for continuous integration', choices, fallback: 'no' });
  return ciNames.filter(name => name === answer);
}
