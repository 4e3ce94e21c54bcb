// A real image on an emulated board: its boot banner, read as a serial port would.
import { createMachine, loadBoard, loadFirmware } from 'littlefirst/testing';

const board = await loadBoard('rp2040');
const { machine, flasher } = await createMachine(board, { levelHz: [48_000_000], flashWaitStates: [0] });
const banner = new Promise(resolve => {
  let text = '';
  machine.uart.on('data', chunk => {
    text += chunk.toString('latin1');
    if (text.includes('m-ready')) resolve(text);
  });
});
await flasher.flash(loadFirmware('rp2040').segments);
console.log((await banner).trim());
await machine.close();
