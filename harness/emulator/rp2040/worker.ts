/**
 * Worker thread of the emulated RP2040: runs the board, sleeps on the doorbell when nothing can happen without the host. What the host asks is
 * served one by one, each when the board rests after the one before: so the board's virtual time is a function of what it is sent, not of when.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { UartByte } from '../../machine/machine.js';
import { FirmwareFault, Rp2040Board } from './board.js';
import { EventLog } from './event-log.js';
import type { Report, Request, WorkerStart } from './messages.js';
import { RealTimePace } from './pace.js';
import { Patience } from './patience.js';
import { CycleProfile } from './profile.js';

/** Cycles between looks at the doorbell: some milliseconds of host time. */
const sliceCycles = 200_000;
/** Requests that give a board nothing to do while it runs: it starts anew, or is only asked whether it rests. */
const withoutWork: ReadonlySet<Request['kind']> = new Set(['settle', 'reset', 'power', 'begin']);
/** Virtual time between two events that only say how far the board came, where it keeps the host's pace. */
const heartbeatNs = 5e6;
/**
 * How far a board at the host's pace may be ahead of what the main thread has handed on: what that hands on in one go has no time between. Less slows a board down on a busy
 * machine, where the main thread is let run every some ten milliseconds; more comes near the 78 ms that a time stamp is told before its m-ready.
 */
const unheardNs = 30e6;

const { options, doorbell, progress, heard, requests } = workerData as WorkerStart;
const bell = new Int32Array(doorbell);
const virtualTime = new BigInt64Array(progress);
const heardTime = new BigInt64Array(heard);
const report = (message: Report) => parentPort!.postMessage(message);

const events = new EventLog(batch => report({ kind: 'events', batch }));
let output: number[] = [];
let line: UartByte[] = [];
const profile = options.profile === undefined ? undefined : new CycleProfile(options.profile);
const board: Rp2040Board = new Rp2040Board(
  options,
  {
    marker: value => {
      profile?.marker(value, board.cycles);
      events.add('marker', value, board);
    },
    logic: value => events.add('logic', value, board),
    level: value => events.add('level', value, board),
    clock: value => events.add('clock', value, board),
    volts: millivolts => events.add('volts', millivolts, board),
    sleep: depth => events.add('sleep', depth, board),
    wake: () => events.add('wake', 0, board),
    reset: () => events.add('reset', 0, board),
    begin: () => events.add('begin', 0, board),
    uart: options.reportsUart ? byte => void line.push(byte) : undefined,
  },
  byte => output.push(byte),
  { translates: profile === undefined, attach: chip => profile?.attach(chip) },
);
const pace = options.pace === 'real' ? new RealTimePace(board.clock.nanos) : undefined;
const servesAtOnce = pace !== undefined || options.serves === 'at-once';
let toldNs = 0;
let running = false;
let halted = false;
const patience = new Patience();

function flush(): void {
  /* In real time a client may act on a byte at once: a meter must have told by then what came before it, as the edge of a time stamp. */
  if (pace !== undefined) events.flush();
  if (output.length > 0) {
    report({ kind: 'uart', bytes: Uint8Array.from(output) });
    output = [];
    patience.spoke(board.cycles);
  }
  events.flush();
  if (line.length > 0) report({ kind: 'line', bytes: line });
  line = [];
}

function serve(request: Request): Uint8Array | undefined {
  switch (request.kind) {
    case 'uart':
      if (running) board.feed(request.bytes);
      return undefined;
    case 'load':
      for (const segment of request.segments) board.load(segment);
      return undefined;
    case 'read':
      return board.read(request.address, request.length);
    case 'reset':
      output = [];
      board.reset();
      patience.rested(board.cycles);
      running = true;
      return undefined;
    case 'power':
      output = [];
      if (request.on) board.reset(true);
      patience.rested(board.cycles);
      running = request.on;
      return undefined;
    case 'begin':
      output = [];
      board.begin();
      patience.rested(0);
      running = true;
      return undefined;
    case 'halt':
      halted = request.on;
      return undefined;
    case 'registers':
      if (request.values !== undefined) board.setRegisters(request.values);
      return board.registers();
    case 'settle':
      return undefined;
  }
}

function answer(request: Request): void {
  try {
    const data = serve(request);
    flush();
    if (request.kind !== 'uart') report({ kind: 'done', id: request.id, data });
  } catch (error) {
    if (request.kind === 'uart') throw error;
    report({ kind: 'done', id: request.id, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Answers the request that waits longest. @returns undefined when none waits */
function takeRequest(): Request['kind'] | undefined {
  const next = receiveMessageOnPort(requests);
  if (next === undefined) return undefined;
  const request = next.message as Request;
  answer(request);
  return request.kind;
}

/** Sleeps until there is a request and answers it; the doorbell's value read before tells whether one has come since. */
function awaitRequest(): void {
  for (;;) {
    const seen = Atomics.load(bell, 0);
    if (takeRequest() !== undefined) return;
    Atomics.wait(bell, 0, seen);
  }
}

function runSlice(): 'budget' | 'idle' {
  if (!running || halted) return 'idle';
  try {
    return board.run(sliceCycles, pace?.until(board.clock.nanos));
  } catch (error) {
    if (!(error instanceof FirmwareFault)) throw error;
    running = false;
    flush();
    report({ kind: 'fault', message: error.message, programCounter: error.programCounter });
    return 'idle';
  }
}

/** Sleeps until the main thread has handed on what there was, but for a little. */
function awaitHeard(nanos: number): void {
  for (;;) {
    const heardNs = Atomics.load(heardTime, 0);
    if (nanos - Number(heardNs) < unheardNs) return;
    Atomics.wait(heardTime, 0, heardNs);
  }
}

/** Lets the main thread and the host's clock catch up, and tells how far the board's came. */
function keepPace(pace: RealTimePace, outcome: 'budget' | 'idle', seen: number): void {
  if (!running) board.clock.passTo(pace.until(board.clock.nanos));
  const { nanos, firstAlarmNs } = board.clock;
  if (nanos < toldNs || nanos - toldNs >= heartbeatNs) {
    toldNs = nanos;
    board.heartbeat();
    flush();
  }
  awaitHeard(nanos);
  const dueNs = outcome === 'budget' ? nanos : Math.min(firstAlarmNs, nanos + 1e9);
  const milliseconds = pace.wait(nanos, dueNs);
  if (milliseconds > 0) Atomics.wait(bell, 0, seen, milliseconds);
}

/** Serves the host after a slice of a board whose time follows what it is sent. */
function serveInTurn(outcome: 'budget' | 'idle'): void {
  if (outcome === 'idle') {
    patience.rested(board.cycles);
    awaitRequest();
    return;
  }
  while (patience.isOver(board.cycles)) {
    const kind = takeRequest();
    if (kind === undefined) return;
    if (!withoutWork.has(kind)) patience.polls();
  }
}

for (;;) {
  const seen = Atomics.load(bell, 0);
  if (servesAtOnce) while (takeRequest() !== undefined);
  const outcome = runSlice();
  Atomics.store(virtualTime, 0, BigInt(Math.round(board.clock.nanos)));
  flush();
  if (pace !== undefined) keepPace(pace, outcome, seen);
  else if (!servesAtOnce) serveInTurn(outcome);
  else if (outcome === 'idle') Atomics.wait(bell, 0, seen);
}
