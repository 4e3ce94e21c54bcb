import { expect } from 'chai';
import { loadFirmware } from '../emulator/manifest.js';
import { loadBoard } from './bench/boards.js';

/** No emulator runs this board: what can be checked is the image's shape, and that nothing in it contradicts the chip. */
describe('image of the stm32l4r5', () => {
  const { entry, segments } = loadFirmware('stm32l4r5');
  const image = Buffer.from(segments[0].data);
  const vector = (index: number) => image.readUInt32LE(4 * index);
  const isHandler = (address: number) =>
    address % 2 === 1 && address > entry.loadAddress && address < entry.loadAddress + image.length;

  it('starts with the top of the 640 KB of RAM and a reset handler in Thumb state', () => {
    expect(vector(0)).to.equal(0x2000_0000 + 640 * 1024);
    expect(isHandler(vector(1))).to.equal(true);
  });

  it('serves DMA1, TIM2, LPTIM1 and LPUART1, each by a handler of its own, and no other interrupt', () => {
    const served = Array.from({ length: 71 }, (_, number) => number).filter(
      number => vector(16 + number) !== 0,
    );
    expect(served).to.deep.equal([11, 28, 65, 70]);
    const handlers = served.map(number => vector(16 + number));
    expect(handlers.every(isHandler)).to.equal(true);
    expect(new Set(handlers).size).to.equal(4);
  });

  it('leaves the blob its place, from 256 KB to the end of the 2 MB of flash', async () => {
    expect(entry.blobAddress).to.equal(0x0804_0000);
    expect(image.length).to.be.at.most(entry.blobAddress - entry.loadAddress);
    expect((await loadBoard('stm32l4r5')).blobBytes).to.equal(0x0820_0000 - entry.blobAddress);
  });
});
