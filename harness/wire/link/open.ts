import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SerialPortStream } from '@serialport/stream';
import { LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { lockOwner } from '../../host/file-lock.js';
import type { Machine } from '../../machine/machine.js';
import type { BindingInterface } from './binding.js';
import { duplexBinding } from './duplex-binding.js';
import { Rfc2217Stream } from './rfc2217.js';
import { systemPorts } from './system-ports.js';
import { type ControlLines, defaultBaudRate, type LinkAddress, parseLinkUrl } from './url.js';

/** An open serial line, whatever carries it. */
export type Link = SerialPortStream<BindingInterface>;

export interface OpenLinkOptions {
  /** The machine whose UART `emulated:` means. */
  machine?: Pick<Machine, 'uart' | 'board'>;
  /** Rate of a serial port whose URL names none, bits per second. */
  baudRate?: number;
  /** What the board wants of DTR and RTS; the URL's own words come first. Default: both are left alone. */
  lines?: ControlLines;
  /** Opens serial ports instead of the system's own binding. */
  serialBinding?: BindingInterface;
  /** How long a socket may take to connect. */
  connectMilliseconds?: number;
}

const uartsInUse = new WeakSet<Duplex>();
const knownUarts = new WeakSet<Duplex>();

/** A machine that fails destroys its UART with an error; nobody may be listening just then. */
function expectFailure(uart: Duplex): void {
  if (knownUarts.has(uart)) return;
  knownUarts.add(uart);
  uart.on('error', () => {});
}

function emulatedBinding(machine: Pick<Machine, 'uart' | 'board'> | undefined): BindingInterface {
  return duplexBinding(async () => {
    if (machine === undefined)
      throw new LittlefirstError('LF_LINK_OPEN', 'The link "emulated:" needs an emulated board', {
        expected: 'a bench whose board is emulated',
        received: 'no machine',
        hint: 'name the real link, e.g. serial:/dev/ttyACM0',
      });
    const stream = machine.uart;
    if (uartsInUse.has(stream))
      throw new LittlefirstError(
        'LF_LINK_BUSY',
        `The UART of the emulated ${machine.board} is already open`,
        {
          hint: 'close the first link before opening a second one',
        },
      );
    uartsInUse.add(stream);
    expectFailure(stream);
    return { stream, release: () => uartsInUse.delete(stream) };
  });
}

function socketBinding(url: string, target: NetConnectOpts, milliseconds: number): BindingInterface {
  return duplexBinding(async () => {
    const stream = connect(target);
    if (stream.setNoDelay) stream.setNoDelay(true);
    await connected(stream, url, milliseconds);
    stream.on('error', () => {});
    return { stream, release: () => stream.destroy() };
  });
}

function rfc2217Binding(
  url: string,
  { host, port, baudRate, dtr, rts }: Extract<LinkAddress, { kind: 'rfc2217' }>,
  lines: ControlLines | undefined,
  timeoutMilliseconds: number,
): BindingInterface {
  return duplexBinding(async () => {
    const socket = connect({ host, port });
    socket.setNoDelay(true);
    await connected(socket, url, timeoutMilliseconds);
    const stream = await Rfc2217Stream.open(socket, {
      baudRate,
      dtr: dtr ?? lines?.dtr,
      rts: rts ?? lines?.rts,
      timeoutMilliseconds,
    });
    stream.on('error', () => {});
    return { stream, release: () => void stream.destroy() };
  });
}

async function connected(stream: Socket, url: string, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const cancel = afterAttended(
      () => stream.destroy(new Error(`no connection in ${milliseconds} ms`)),
      milliseconds,
    );
    stream.once('connect', () => {
      cancel();
      stream.off('error', reject);
      resolve();
    });
    stream.once('error', reject);
    stream.once('close', () => cancel());
  }).catch((error: Error) => {
    throw openFailure(url, error);
  });
}

/** @param path of the device, to tell who has it */
function openFailure(url: string, error: Error, path?: string): LittlefirstError {
  if (error instanceof LittlefirstError) return error;
  const busy = /lock|busy|temporarily unavailable/i.test(error.message);
  const owner = busy && path !== undefined ? lockOwner(path) : undefined;
  return new LittlefirstError(
    busy ? 'LF_LINK_BUSY' : 'LF_LINK_OPEN',
    `Cannot open the link ${url}: ${error.message}`,
    {
      expected: busy
        ? 'a port that no other program holds'
        : 'a port or socket that exists and may be opened',
      received: owner === undefined ? error.message : `held by ${owner}`,
      hint: busy
        ? 'close the terminal program or the other run that holds the port'
        : 'check cable, path and permissions; `littlefirst doctor` lists what is connected',
      fields: { url },
      cause: error,
    },
  );
}

async function bindingFor(
  url: string,
  address: LinkAddress,
  options: OpenLinkOptions,
): Promise<BindingInterface> {
  const milliseconds = options.connectMilliseconds ?? 5000;
  switch (address.kind) {
    case 'emulated':
      return emulatedBinding(options.machine);
    case 'tcp':
      return socketBinding(url, { host: address.host, port: address.port }, milliseconds);
    case 'rfc2217':
      return rfc2217Binding(url, address, options.lines, milliseconds);
    case 'unix':
      return socketBinding(url, { path: address.path }, milliseconds);
    case 'place':
      throw new LittlefirstError('LF_CONFIG_INVALID', `The link ${url} belongs to a leased place`, {
        expected: 'a bench with lease: labgrid://host:20408/place beside this link',
        received: 'no lease',
      });
    case 'serial':
      return options.serialBinding ?? (await systemPorts()).binding;
  }
}

/**
 * Sets the control lines of a serial port that were asked for. The binding sets both at once, so the other one stays raised, as
 * the system left it on opening. Nothing at all is set unless one was asked for: many boards take an edge for a reset.
 */
async function setLines(url: string, port: Link, lines: ControlLines): Promise<void> {
  if (lines.dtr === undefined && lines.rts === undefined) return;
  const { dtr = true, rts = true } = lines;
  await new Promise<void>((resolve, reject) =>
    port.set({ dtr, rts, brk: false }, error => (error ? reject(error) : resolve())),
  ).catch(async (error: Error) => {
    await closeLink(port);
    throw new LittlefirstError('LF_LINK_OPEN', `The control lines of ${url} cannot be set`, {
      expected: `dtr ${dtr ? 'on' : 'off'}, rts ${rts ? 'on' : 'off'}`,
      received: error.message,
      hint: 'a pseudo terminal has none: leave dtr and rts out of link, device and board file',
      fields: { url },
      cause: error,
    });
  });
}

/**
 * Opens the line to a DUT. Data that arrive before a reader is attached are kept. A line that breaks emits `close` with
 * an error.
 * @param url `serial:/dev/ttyX?baud=115200&dtr=off`, `tcp:host:port`, `rfc2217://host:port`, `unix:/path` or `emulated:`
 * @throws LF_CONFIG_INVALID (URL), LF_LINK_OPEN, LF_LINK_BUSY, LF_TOOL_MISSING
 */
export async function openLink(url: string, options: OpenLinkOptions = {}): Promise<Link> {
  const address = parseLinkUrl(url, options.baudRate);
  const binding = await bindingFor(url, address, options);
  const port: Link = new SerialPortStream({
    binding,
    path: address.kind === 'serial' ? address.path : url,
    baudRate: address.kind === 'serial' ? address.baudRate : (options.baudRate ?? defaultBaudRate),
    hupcl: false,
    /* flock(2) on the device node itself: it holds against runs in other containers, which share nothing else. */
    lock: true,
    autoOpen: false,
  });
  await new Promise<void>((resolve, reject) =>
    port.open(error =>
      error
        ? reject(openFailure(url, error, address.kind === 'serial' ? address.path : undefined))
        : resolve(),
    ),
  );
  if (address.kind === 'serial')
    await setLines(url, port, {
      dtr: address.dtr ?? options.lines?.dtr,
      rts: address.rts ?? options.lines?.rts,
    });
  return port;
}

/** A link that leads nowhere and is never opened, for what needs one before its device is there. */
export function unopenedLink(): Link {
  const binding = duplexBinding(() => Promise.reject(new Error('this link leads nowhere')));
  return new SerialPortStream({ binding, path: 'nowhere', baudRate: defaultBaudRate, autoOpen: false });
}

/** Closes a link; one that is closed already, or broke, is left as it is. */
export async function closeLink(link: Link): Promise<void> {
  if (!link.isOpen || link.closing) return;
  await new Promise<void>((resolve, reject) => link.close(error => (error ? reject(error) : resolve())));
}
