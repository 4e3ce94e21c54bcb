// An emulated PPK2 on a waveform that the test knows: what a meter driver of one's own is tried against.
import { once } from 'node:events';
import { emulatedInstruments, markers, ScriptedSource } from 'littlefirst/testing';

const source = new ScriptedSource();
let isSupplied = false;
const ppk2 = emulatedInstruments.ppk2({
  source,
  settle: async () => {},
  power: async on => {
    isSupplied = on;
  },
});
const { port } = ppk2;

/** Reads until `isEnough` holds of all that came. */
async function read(isEnough: (bytes: Buffer) => boolean): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (!isEnough(bytes)) bytes = Buffer.concat([bytes, (await once(port, 'data'))[0] as Buffer]);
  return bytes;
}

// A PPK2 on a serial port: 0x19 asks for its calibration, 0x11 2 makes it a source meter, 0x0d sets millivolts,
// 0x0c 1 powers the DUT, 0x06 starts and 0x07 ends the samples of 4 bytes each.
port.write(Buffer.from([0x19]));
const calibration = await read(bytes => bytes.includes('END'));
console.log(`${calibration.toString('ascii').split('\n').length} lines of calibration`);

for (const command of [[0x11, 2], [0x0d, 3300 >> 8, 3300 & 255], [0x0c, 1], [0x06]])
  port.write(Buffer.from(command));
await ppk2.settled?.();
source.play([
  { amps: 1e-3, marker: markers.gate, seconds: 1e-3 },
  { amps: 5e-3, marker: markers.big, seconds: 1e-3 },
]);
const samples = read(bytes => bytes.length >= 4 * 190);
port.write(Buffer.from([0x07]));
const words = await samples;
const markerOf = (i: number): number => words[4 * i + 3] & 3;
console.log(
  `${words.length / 4} samples of 10 us; supplied: ${isSupplied}; markers ${markerOf(0)} and ${markerOf(180)}`,
);
port.destroy();
