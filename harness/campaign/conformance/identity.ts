import { shortHash } from '../open/identity.js';
import { type Check, fail, pass } from './finding.js';

export const identity: Check = {
  name: 'identity',
  title: 'tells board, image and bundle by hashes, and echoes each nonce',
  look: "port_facts and board.yaml must have one name; flash the image that lies in the board's build folder; the image is what image.ld puts from __image_start to __image_end",
  run: async ({ client, prepared, bundle }) => {
    const { board, firmware, chip } = prepared;
    const first = await client.id(client.nonce());
    const second = await client.id(client.nonce());
    const wrong: string[] = [];
    const compare = (what: string, is: unknown, shall: unknown) => {
      if (is !== shall) wrong.push(`${what} ${is} instead of ${shall}`);
    };
    compare('protocol', first.protocol, 2);
    compare('board', first.board, board.name);
    compare('image', first.image, firmware.entry.sha256.slice(0, 16));
    compare('blob', first.blob, shortHash(bundle.blob));
    compare('since', second.since, first.since);
    /* A board that stands in for other chips has its own memories. */
    if (board.folder !== undefined && board.machine === undefined) {
      compare('flash', first.flashBytes, chip.memory.flashBytes.value);
      compare('ram', first.ramBytes, chip.memory.ramBytes.value);
    }
    if (first.ramBytes < firmware.entry.arenaBytes + firmware.entry.ringBytes)
      wrong.push(`ram ${first.ramBytes} is less than the image's own buffers`);
    return wrong.length > 0
      ? fail(wrong.join('; '))
      : pass(`${first.board}, image ${first.image}, blob ${first.blob}`);
  },
};
