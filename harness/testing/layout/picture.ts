import { cruiseProject, readLayout } from './cruise.js';
import { drawHouse } from './draw.js';
import { type House, houseOf } from './rooms.js';

const apart = ['testing', 'benchmarks'];

/** The rooms of this project from its real imports, and their picture. */
export async function drawProject(): Promise<{ house: House; svg: string }> {
  const { modules } = await cruiseProject();
  const house = houseOf(modules, [...(await readLayout()).floors, apart]);
  return { house, svg: drawHouse(house, apart) };
}
