import { type Check, fail, pass } from './finding.js';

const tooLong = 3000;
/** What those bytes take at 115200 baud, and as much again. */
const floodMilliseconds = 520;
const burst = 12;
const wakes = 16;
/** Idle before each wake-up on a real board: long enough for its deepest sleep, milliseconds. */
const idleMilliseconds = 15;
/** No UART makes this rate. */
const impossibleBaud = 900_000_000;

/** The answer to `name%`, alone. */
const isName = (lines: readonly string[]) => lines.length === 1 && /^m-name-dut-\[.*\]$/.test(lines[0]);

export const flood: Check = {
  name: 'flood',
  title: 'survives a flood without an end of command, drops it whole, and answers again',
  look: 'uart_handler: it must empty the receiver at every interrupt and never wait; errors of the UART must be cleared',
  run: async rig => {
    rig.send('x'.repeat(tooLong));
    /* What came faster than the core took it may be lost, and the end of the command with it: that comes once the flood has passed. */
    if (rig.emulated === undefined) await rig.wait(floodMilliseconds);
    else await rig.settle();
    rig.send('%');
    const lines = await rig.untilReady();
    if (lines.join() !== 'e-[Command too long]')
      return fail(`${tooLong} bytes were answered by ${lines.join(' | ')}`);
    const name = await rig.ask('name');
    return isName(name) ? pass(`${tooLong} bytes`) : fail(`then name was answered by ${name.join(' | ')}`);
  },
};

export const overrun: Check = {
  name: 'overrun',
  title: 'loses no byte of commands that come without a pause, at every level',
  look: 'uart_handler at the lowest level: its priority, the receive FIFO and its trigger; interrupts masked for longer than a byte takes',
  run: async rig => {
    for (const [index, { name }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      rig.send('name%'.repeat(burst));
      for (let i = 0; i < burst; i++) {
        const lines = await rig.untilReady();
        if (!isName(lines))
          return fail(`${name}: command ${i + 1} of ${burst} was answered by ${lines.join(' | ')}`);
      }
    }
    return pass(`${burst} commands at a time`);
  },
};

export const wake: Check = {
  name: 'wake',
  title: 'keeps the first byte that wakes it, at every level',
  look: 'port_sleep: clocks and UART must be up before the start bit is over, and the wake-up must not read or flush the receiver',
  run: async rig => {
    for (const [index, { name }] of rig.prepared.boardLevels.entries()) {
      await rig.client.level(index);
      for (let i = 0; i < wakes; i++) {
        if (rig.emulated === undefined) await rig.wait(idleMilliseconds);
        else await rig.settle();
        const lines = await rig.ask('name');
        if (!isName(lines))
          return fail(`${name}: wake-up ${i + 1}: name was answered by ${lines.join(' | ')}`);
      }
    }
    return pass(`${wakes} wake-ups a level`);
  },
};

export const baud: Check = {
  name: 'baud',
  title: 'refuses a baud rate that it cannot make, and keeps the old one',
  look: 'port_uart_baud: false when the divisor is out of range or off by more than 2 %',
  run: async rig => {
    const lines = await rig.ask(`lf baud ${impossibleBaud}`);
    const next = await rig.checked('name');
    if (!next.startsWith('e-[lf,range,')) return fail(`${lines.join(' | ')} was followed by ${next}`);
    const name = await rig.ask('name');
    return isName(name)
      ? pass(`${impossibleBaud} baud refused`)
      : fail(`then name was answered by ${name.join(' | ')}`);
  },
};
