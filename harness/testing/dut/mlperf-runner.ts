import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { closeLink, type Link, openLink } from '../../wire/link/open.js';

/*
 * The exchange of the stock MLPerf Tiny runner in our own words (mlcommons/tiny, benchmark/runner: serial_device.py, device_under_test.py,
 * io_manager.py, power_manager_lpm.py, script.py, main.py): what it sends, in its order, what it takes for an answer, and what it makes
 * of it. Its quirks are kept on purpose: no refusal of the DUT is noticed, a reply ends at any line that contains `m-ready`.
 */

/** Longest wait for a line; the runner's own 5 s and 30 s are no claim about a busy test machine. */
const patienceMilliseconds = 60_000;

/** One serial port: lines end at LF; CR, LF and NUL are dropped wherever they stand. */
export class RunnerPort {
  private readonly lines: string[] = [];
  private wake: () => void = () => {};
  private text = '';

  private constructor(
    private readonly link: Link,
    private readonly delimiter: string,
  ) {
    link.on('data', (bytes: Buffer) => {
      for (const char of bytes.toString('utf8')) this.take(char);
    });
  }

  /** @param url an address that `board emulate` printed */
  static async open(url: string, delimiter = '%'): Promise<RunnerPort> {
    return new RunnerPort(await openLink(url), delimiter);
  }

  close(): Promise<void> {
    return closeLink(this.link);
  }

  writeLine(text: string): void {
    this.link.write(text + this.delimiter);
  }

  async readLine(): Promise<string> {
    const deadline = performance.now() + patienceMilliseconds;
    while (this.lines.length === 0) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error('the runner waited for a line in vain');
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.lines.shift()!;
  }

  /** Sends a command; its answer is every line up to the first that contains `m-ready`. */
  async command(text: string): Promise<string[]> {
    this.writeLine(text);
    const lines: string[] = [];
    for (;;) {
      const line = await this.readLine();
      if (line !== '') lines.push(line);
      if (line.includes('m-ready')) return lines;
    }
  }

  /** Lines that have come and nobody asked for yet. */
  takeAll(): string[] {
    return this.lines.splice(0);
  }

  private take(char: string): void {
    if (char === '\n') {
      this.lines.push(this.text);
      this.text = '';
      this.wake();
    } else if (char !== '\r' && char !== '\0') this.text += char;
  }
}

/** The DUT's commands, directly or through an interface board. */
interface Route {
  command(text: string): Promise<string[]>;
  bytesPerCommand: number;
}

const direct = (port: RunnerPort): Route => ({ command: text => port.command(text), bytesPerCommand: 31 });

/** Through the interface board: its own two lines first, then the DUT's without their prefix. */
function through(port: RunnerPort): Route {
  return {
    bytesPerCommand: 26,
    command: async text => {
      const echo = await port.command(`dut ${text}`);
      if (echo.length !== 2 || echo[1] !== 'm-ready') throw new Error(`no pass-through: ${echo.join(' | ')}`);
      const lines: string[] = [];
      while (lines.at(-1) !== 'm-ready') lines.push((await port.readLine()).replace('[dut]: ', ''));
      return lines;
    },
  };
}

/** The monitor: an LPM01A that counts the time-stamp pin's edges. */
class Monitor {
  private readonly readings: (number | string)[] = [];
  /** The instrument's count of edges, as far as its lines are here. */
  private edges = 0;

  constructor(private readonly port: RunnerPort) {}

  async setUp(supplyVolts: number): Promise<void> {
    for (const command of [
      'htc',
      'lcd 1 "MLPerf Tiny"',
      'lcd 2 "     monitor    "',
      'pwr off',
      'acqtime inf',
      'trigdelay 0',
      'trigsrc sw',
      'eventsrc d7 fal',
      'output energy',
      'format ascii_dec',
      'freq 1k',
      `volt ${Math.trunc(supplyVolts * 1000)}m`,
    ])
      await this.send(command);
  }

  /** Waits for the line that begins with `ack` or `error` and holds the command. */
  async send(command: string): Promise<void> {
    this.port.writeLine(command);
    for (;;) {
      const line = await this.message();
      if (!line.includes(command) || !/^(ack|error)/.test(line)) continue;
      if (line.startsWith('error')) throw new Error(`the monitor refuses: ${line}`);
      return;
    }
  }

  async stop(): Promise<void> {
    this.port.writeLine('stop');
    while (!(await this.message()).includes('Acquisition completed'));
    await this.send('pwr off');
    await this.send('hrc');
  }

  /** Edges that it has told up to now. */
  counted(): number {
    for (const line of this.port.takeAll()) this.sort(line);
    return this.edges;
  }

  /** Waits until it has told so many: on a busy machine its lines may come later than the DUT's answer. */
  async until(edges: number): Promise<void> {
    while (this.counted() < edges) this.sort(await this.port.readLine());
  }

  /** Joules of each millisecond, and the index of the sample at which each edge came, since the last call. */
  take(): { joules: number[]; edges: { counter: number; at: number }[] } {
    for (const line of this.port.takeAll()) this.sort(line);
    const joules: number[] = [];
    const edges: { counter: number; at: number }[] = [];
    for (const reading of this.readings.splice(0)) {
      if (typeof reading === 'number') joules.push(reading);
      else edges.push({ counter: Number(reading), at: joules.length });
    }
    return { joules, edges };
  }

  private async message(): Promise<string> {
    for (;;) {
      const line = this.sort(await this.port.readLine());
      if (line !== undefined) return line;
    }
  }

  /** Keeps what is a reading; what is not is a message. */
  private sort(line: string): string | undefined {
    const edge = /^event (\d+) ris/.exec(line);
    if (edge !== null) {
      this.readings.push(edge[1]);
      this.edges = Number(edge[1]);
    } else if (/^\d{4}[+-]\d{2}/.test(line))
      for (const [, digits, power] of line.matchAll(/(\d{4})([+-]\d{2})/g))
        this.readings.push(Number(`${digits}e${power}`));
    else if (line !== '' && !line.startsWith('TimeStamp')) return line.replace('PowerShield > ', '').trim();
    return undefined;
  }
}

export interface RunnerOptions {
  mode: 'accuracy' | 'performance' | 'energy';
  /** Folder with the model's folder and the scripts. */
  dataset: string;
  /** Address of the DUT's own line, or of the interface board. */
  dut?: string;
  interfaceBoard?: string;
  monitor?: string;
}

/** What the runner makes of one input. */
export interface RunnerWindow {
  truth: number;
  results: number[];
  /** Inferences a second by the DUT's own clock. */
  throughput?: number;
  /** Between the last two edges, by the monitor: milliseconds, and joules an inference. */
  milliseconds?: number;
  joules?: number;
}

export interface RunnerResult {
  name: string;
  model: string;
  windows: RunnerWindow[];
}

/** Three tries, each of which may get an older command's answer. */
async function ask(route: Route, command: string, key: string): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt += 1)
    for (const line of await route.command(command)) {
      const match = new RegExp(`^m-${key}-(?:dut-)?\\[([^\\]]+)\\]$`).exec(line);
      if (match !== null) return match[1];
    }
  throw new Error(`the runner did not find ${key}`);
}

async function load(route: Route, data: Buffer): Promise<void> {
  await route.command(`db load ${data.length}`);
  for (let at = 0; at < data.length; at += route.bytesPerCommand)
    await route.command(`db ${data.subarray(at, at + route.bytesPerCommand).toString('hex')}`);
}

function gather(lines: readonly string[], iterations: number): Omit<RunnerWindow, 'truth'> {
  const text = lines.map(line => /^m-results-\[([^\]]+)\]$/.exec(line)).find(match => match !== null);
  const laps = lines.flatMap(line => /^m-lap-us-([0-9]+)$/.exec(line)?.[1] ?? []).map(Number);
  if (text === undefined) throw new Error(`no results in ${lines.join(' | ')}`);
  const results = text[1]
    .split(',')
    .filter(part => part.trim() !== '')
    .map(Number);
  return laps.length < 2 ? { results } : { results, throughput: iterations / ((laps[1] - laps[0]) * 1e-6) };
}

function energyOf(monitor: Monitor, iterations: number): Pick<RunnerWindow, 'milliseconds' | 'joules'> {
  const { joules, edges } = monitor.take();
  if (edges.some(({ counter }, i) => i > 0 && counter !== edges[i - 1].counter + 1))
    throw new Error(`time stamps are not consecutive: ${edges.map(({ counter }) => counter).join(', ')}`);
  const [from, to] = edges.slice(-2);
  if (to === undefined) throw new Error(`${edges.length} time stamps among ${joules.length} samples`);
  const sum = joules.slice(from.at, to.at).reduce((a, b) => a + b, 0);
  return { milliseconds: to.at - from.at, joules: sum / iterations };
}

/** Runs one mode as the runner does. */
export async function runStockExchange(options: RunnerOptions): Promise<RunnerResult> {
  const ports: RunnerPort[] = [];
  const open = async (url: string, delimiter?: string) => {
    const port = await RunnerPort.open(url, delimiter);
    ports.push(port);
    return port;
  };
  try {
    const monitorPort = options.monitor && (await open(options.monitor, '\r\n'));
    const monitor = monitorPort ? new Monitor(monitorPort) : undefined;
    await monitor?.setUp(1.8);
    await monitor?.send('pwr on nostatus');
    await monitor?.send('start');
    const board = options.interfaceBoard && (await open(options.interfaceBoard));
    if (board) await board.command(`setbaud ${options.mode === 'energy' ? 9600 : 115200}`);
    const route = board ? through(board) : direct(await open(options.dut!));
    const name = await ask(route, 'name', 'name');
    const model = await ask(route, 'profile', 'model');
    const windows = await runScript(options, model, route, monitor);
    await monitor?.stop();
    return { name, model, windows };
  } finally {
    for (const port of ports) await port.close();
  }
}

async function runScript(
  { mode, dataset }: RunnerOptions,
  model: string,
  route: Route,
  monitor: Monitor | undefined,
): Promise<RunnerWindow[]> {
  const file = parseYaml(await readFile(join(dataset, `tests_${mode}.yaml`), 'utf8'));
  const { truth_file: truthFile, script } = file[model] as { truth_file: string; script: object[] };
  const [[loop, steps]] = Object.entries(script[0]) as [string, string[]][];
  const rows: string[][] = parse(await readFile(join(dataset, model, truthFile), 'utf8'));
  const count = loop === 'loop' ? rows.length : Number(loop.split(' ')[1]);
  const [, iterations, warmups] = steps[1].split(' ').map(Number);
  const windows: RunnerWindow[] = [];
  for (const [name, , truth] of rows.slice(0, count)) {
    await load(route, await readFile(join(dataset, model, name)));
    const before = monitor?.counted() ?? 0;
    const answer = gather(await route.command(`infer ${iterations} ${warmups}`), iterations);
    await monitor?.until(before + 2);
    windows.push({ truth: Number(truth), ...answer, ...(monitor && energyOf(monitor, iterations)) });
  }
  return windows;
}
