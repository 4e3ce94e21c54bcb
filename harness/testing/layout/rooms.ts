import type { SourceModule } from './cruise.js';

/** A folder directly in `harness/`, or a file there. */
export interface Room {
  name: string;
  /** Source files without tests. */
  modules: number;
  /** Rooms that its modules import from, highest floor first. */
  imports: string[];
}

export interface House {
  /** From the ground up; rooms that hold no module are left out. */
  floors: Room[][];
}

const isTest = (path: string) => path.endsWith('.test.ts');

/** Name of the room that a file of the project lies in, `undefined` outside `harness/`. */
function roomOf(path: string): string | undefined {
  return /^harness\/([^/]+)/.exec(path)?.[1];
}

/**
 * Counts modules and gathers imports room by room, tests left out.
 * @param floors names of rooms from the ground up; a room that is not named is left out
 */
export function houseOf(modules: SourceModule[], floors: string[][]): House {
  const order = floors.flat();
  const rooms = new Map(order.map(name => [name, { name, modules: 0, imports: new Set<string>() }]));
  for (const { path, imports } of modules) {
    const room = rooms.get(roomOf(path) ?? '');
    if (room === undefined || isTest(path)) continue;
    room.modules += 1;
    for (const to of imports) {
      const other = roomOf(to);
      if (other !== undefined && other !== room.name && rooms.has(other)) room.imports.add(other);
    }
  }
  const downwards = (a: string, b: string) => order.indexOf(b) - order.indexOf(a);
  return {
    floors: floors
      .map(names =>
        names
          .map(name => rooms.get(name)!)
          .filter(room => room.modules > 0)
          .map(room => ({ ...room, imports: [...room.imports].sort(downwards) })),
      )
      .filter(floor => floor.length > 0),
  };
}

/** The imports that no longer way implies: what is left is enough to see who stands on whom. */
export function directImports(rooms: Room[]): [string, string][] {
  const imports = new Map(rooms.map(room => [room.name, room.imports]));
  const reaches = (from: string, to: string): boolean =>
    (imports.get(from) ?? []).some(next => next === to || reaches(next, to));
  return rooms.flatMap(room =>
    room.imports
      .filter(to => imports.has(to) && !room.imports.some(next => next !== to && reaches(next, to)))
      .map((to): [string, string] => [room.name, to]),
  );
}
