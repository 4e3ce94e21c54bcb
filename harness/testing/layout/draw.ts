import { directImports, type House, type Room } from './rooms.js';

const width = 820;
const edge = 14;
const numberColumn = 26;
const laneStep = 14;
const gap = 27;
const line = 16;
/** Width of a letter of the small text, on average, and a little more. */
const letter = 6.1;

const style = `
  text { font-family: system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; font-size: 12px; fill: #3d4754 }
  .card { fill: #f6f8fa }
  .room { fill: #ffffff; stroke: #57606a }
  .apart { stroke-dasharray: 5 4 }
  .name { font-size: 15px; font-weight: 600; fill: #1f2328 }
  .file { font-size: 13px }
  .arrow { fill: none; stroke: #0969da; stroke-width: 1.5 }
  .head { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #b6c0cb }
    .card { fill: #161b22 }
    .room { fill: #22272e; stroke: #8b949e }
    .name { fill: #f0f3f6 }
    .arrow { stroke: #58a6ff }
    .head { fill: #58a6ff }
  }
`;

interface Box {
  room: Room;
  floor: number;
  x: number;
  y: number;
  width: number;
  height: number;
  lines: string[];
}

/** Lines of at most so many pixels. */
function wrap(text: string, pixels: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && (last.length + 1 + word.length) * letter <= pixels)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Boxes of all floors, the highest on top; `left` and `right` are kept free for arrows that pass a floor. */
function place(house: House, ground: Set<string>, left: number, right: number, top: number): Box[] {
  const boxes: Box[] = [];
  const space = width - left - right;
  let y = top;
  for (let floor = house.floors.length - 1; floor >= 0; floor -= 1) {
    const rooms = house.floors[floor];
    const boxWidth = (space - (rooms.length - 1) * edge) / rooms.length;
    const texts = rooms.map(room => {
      const imports = room.imports.filter(name => !ground.has(name));
      return imports.length > 0 ? wrap(`imports ${imports.join(', ')}`, boxWidth - 24) : [];
    });
    const height = 30 + Math.max(...texts.map(text => text.length)) * line;
    rooms.forEach((room, place) => {
      const x = left + place * (boxWidth + edge);
      boxes.push({ room, floor, x, y, width: boxWidth, height, lines: texts[place] });
    });
    y += height + gap;
  }
  return boxes;
}

function drawBox({ room, x, y, width: boxWidth, height, lines }: Box, apart: boolean): string {
  const isFile = room.name.endsWith('.ts');
  const count = isFile ? '' : `${room.modules} ${room.modules === 1 ? 'module' : 'modules'}`;
  return [
    `<rect class="room${apart ? ' apart' : ''}" x="${x}" y="${y}" width="${boxWidth}" height="${height}" rx="6"/>`,
    `<text class="name${isFile ? ' file' : ''}" x="${x + 12}" y="${y + 21}">${room.name}</text>`,
    `<text x="${x + boxWidth - 12}" y="${y + 21}" text-anchor="end">${count}</text>`,
    ...lines.map((text, row) => `<text x="${x + 12}" y="${y + 39 + row * line}">${text}</text>`),
  ].join('\n');
}

function drawArrow(points: [number, number][]): string {
  const [x, y] = points.at(-1)!;
  const path = points.map(([px, py], place) => `${place === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  return `<path class="arrow" d="${path}"/><path class="head" d="M${x} ${y}l-4.5 -8h9z"/>`;
}

/** Where two boxes lie above one another, in the middle of what they share; `undefined` if they share nothing. */
function sharedMiddle(a: Box, b: Box): number | undefined {
  const from = Math.max(a.x, b.x);
  const to = Math.min(a.x + a.width, b.x + b.width);
  return to > from ? (from + to) / 2 : undefined;
}

/**
 * Draws a house as SVG: floors as rows, rooms as boxes, arrows where a room imports from another and no longer way implies it.
 * @param apart rooms on top that may import anything, drawn without arrows
 */
export function drawHouse(house: House, apart: string[]): string {
  const ground = new Set(house.floors[0].map(room => room.name));
  const arrowRooms = house.floors.flat().filter(room => !ground.has(room.name) && !apart.includes(room.name));
  const floorOf = new Map(
    house.floors.flatMap((rooms, floor) => rooms.map(room => [room.name, floor] as const)),
  );
  const arrows = directImports(arrowRooms);
  const passing = arrows.filter(([from, to]) => floorOf.get(from)! - floorOf.get(to)! > 1);
  const goesLeft = (to: string) => {
    const rooms = house.floors[floorOf.get(to)!];
    return rooms.length > 1 && rooms[0].name === to;
  };
  const leftLanes = passing.filter(([, to]) => goesLeft(to)).length;
  const left = edge + numberColumn + leftLanes * laneStep;
  const right = edge + (passing.length - leftLanes) * laneStep;
  const boxes = place(house, ground, left, right, edge + 3 * line);
  const boxOf = new Map(boxes.map(box => [box.room.name, box]));

  const lanes = { left: 0, right: 0 };
  const drawn = arrows.map(([from, to]) => {
    const source = boxOf.get(from)!;
    const target = boxOf.get(to)!;
    const bottom = source.y + source.height;
    const middle = sharedMiddle(source, target);
    if (source.floor - target.floor === 1 && middle !== undefined)
      return drawArrow([
        [middle, bottom],
        [middle, target.y],
      ]);
    const side = goesLeft(to) ? 'left' : 'right';
    lanes[side] += 1;
    const inset = 24 + lanes[side] * laneStep;
    const leaves = side === 'left' ? source.x + inset : source.x + source.width - inset;
    const arrives = side === 'left' ? target.x + inset : target.x + target.width - inset;
    const lane = side === 'left' ? left - lanes.left * laneStep : width - right + lanes.right * laneStep;
    const down = bottom + gap / 3;
    const up = target.y - gap / 2 + 1;
    return drawArrow([
      [leaves, bottom],
      [leaves, down],
      [lane, down],
      [lane, up],
      [arrives, up],
      [arrives, target.y],
    ]);
  });
  const last = boxes.at(-1)!;
  const height = last.y + last.height + edge;
  const numbers = house.floors.map((rooms, floor) => {
    const { y, height: boxHeight } = boxOf.get(rooms[0].name)!;
    return `<text x="${edge + 8}" y="${y + boxHeight / 2 + 4}" text-anchor="middle">${floor}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>The rooms of harness/ on their floors, and which of them import from which</title>',
    `<style>${style}</style>`,
    `<rect class="card" width="${width}" height="${height}" rx="8"/>`,
    `<text x="${edge}" y="${edge + 12}">The rooms of harness/ and their source files without tests. A room imports from lower floors only; arrows that</text>`,
    `<text x="${edge}" y="${edge + 12 + line}">longer ways imply are not drawn. All import floor 0; rooms with dashed borders are for tests, and none imports them.</text>`,
    ...numbers,
    ...boxes.map(box => drawBox(box, apart.includes(box.room.name))),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
