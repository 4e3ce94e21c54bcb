import { text } from 'node:stream/consumers';
import { pause } from '../../host/attended-clock.js';
import { parsePlace } from './address.js';
import { Coordinator, Refused } from './coordinator.js';
import { dismissal } from './keeper-process.js';

/** How long, and how often, a coordinator is tried that cannot be reached; milliseconds. Assumed: a restart of it takes less, and forgets the place anyway. */
const [tries, pauseMilliseconds] = [60, 1_000];

/* Started by `startKeeper` with a place and its holder; standard input ends with the process that had the place, however that ends. */
const [lease, holder] = process.argv.slice(-2);
const said = await text(process.stdin).catch(() => '');
for (let i = 0, isOver = said === dismissal; !isOver && i < tries; i += 1) {
  let coordinator: Coordinator | undefined;
  try {
    const address = parsePlace(lease);
    coordinator = await Coordinator.connect(address, holder);
    await coordinator.call('ReleasePlace', { placename: address.place, fromuser: holder });
    isOver = true;
  } catch (error) {
    /* A coordinator that knows no such place has nothing to give back. */
    isOver = error instanceof Refused;
    if (!isOver) await pause(pauseMilliseconds);
  } finally {
    coordinator?.close();
  }
}
/* It must not outlive its work, whatever a library still waits for. */
process.exit(0);
