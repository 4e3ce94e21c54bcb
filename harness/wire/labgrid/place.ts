import { asLittlefirstError, LittlefirstError } from '../../errors.js';
import { attendedClock, pause } from '../../host/attended-clock.js';
import { visibleLine } from '../../visible.js';
import { type DeviceLock, waitForDevice } from '../devices/lock.js';
import { parseLinkUrl } from '../link/url.js';
import { type PlaceAddress, parsePlace, placeKey } from './address.js';
import { Coordinator, Refused } from './coordinator.js';
import { isOfThisHost, newHolder } from './holder.js';
import { type Keeper, startKeeper } from './keeper-process.js';
import type { PlaceMessage } from './messages.js';
import { withReservation } from './reservation.js';
import { chosenPort, linkOf, serialPorts } from './serial-port.js';

/** How long a session that broke is tried to be had again while the place is still ours, milliseconds of attended time; and between two tries. Assumed. */
const [sessionMilliseconds, retryMilliseconds] = [30_000, 500];
/** How long an exporter may take to serve a port that it has, milliseconds: it starts a ser2net, and looks whether that lives for 500 ms (labgrid 26.0). */
const portMilliseconds = 10_000;

/** A labgrid place that this run has, and nobody else. */
export interface HeldPlace {
  readonly lease: string;
  /** The name that labgrid shows. */
  readonly holder: string;
  /** Aborted with LF_PLACE_LOST when somebody has taken the place away. */
  readonly lost: AbortSignal;
  /**
   * Where a serial port of the place is served now; an exporter whose device came back serves it elsewhere.
   * @param link `labgrid:` or `labgrid:NAME?baud=115200`
   * @throws LF_CONFIG_INVALID, LF_LINK_OPEN
   */
  serialLink(link: string, signal?: AbortSignal): Promise<string>;
  /** Gives it back; never throws. @returns what went wrong */
  release(): Promise<string | undefined>;
}

export interface TakeOptions {
  signal?: AbortSignal;
  /** What the place is held for, told to other runs of this host. */
  purpose?: string;
  onNote?: (text: string) => void;
}

const ownerOf = (place: PlaceMessage | undefined): string => place?.acquired ?? '';

const since = ({ changed }: PlaceMessage): string =>
  changed === undefined ? '' : ` since ${new Date(changed * 1000).toISOString()}`;

class Place implements HeldPlace {
  private readonly taken = new AbortController();
  private isReleased = false;

  constructor(
    readonly lease: string,
    private readonly address: PlaceAddress,
    private readonly coordinator: Coordinator,
    private readonly lock: DeviceLock,
    private readonly keeper: Keeper,
  ) {}

  get lost(): AbortSignal {
    return this.taken.signal;
  }

  get holder(): string {
    return this.coordinator.holder;
  }

  /** @throws LF_PLACE_BUSY, LF_PLACE_UNREACHABLE, LF_CONFIG_INVALID; the signal's reason */
  async take({ signal, onNote }: TakeOptions): Promise<void> {
    const { coordinator, address } = this;
    const found = this.found();
    const before = ownerOf(found);
    if (isOfThisHost(before)) {
      /* That run held the host's lock, which this one has now: it is dead. */
      await coordinator.call('ReleasePlace', { placename: address.place, fromuser: before });
      onNote?.(`the labgrid place ${address.place} was still held by ${before}, which has ended`);
    }
    signal?.throwIfAborted();
    await this.acquire().catch(async (error: unknown) => {
      if (address.waitSeconds === 0 || asLittlefirstError(error).code !== 'LF_PLACE_BUSY') throw error;
      onNote?.(`waits for the labgrid place ${address.place}: ${asLittlefirstError(error).detail.received}`);
      await withReservation(coordinator, address, () => this.acquire(), signal);
    });
    await coordinator.sync();
    coordinator.on('change', () => this.look()).on('end', error => void this.renew(error));
    this.look();
  }

  async serialLink(link: string, signal?: AbortSignal): Promise<string> {
    const address = parseLinkUrl(link);
    if (address.kind !== 'place') return link;
    const end = attendedClock.now() + portMilliseconds;
    for (;;) {
      this.lost.throwIfAborted();
      const ports = serialPorts(this.found(), this.coordinator.resources);
      const url = linkOf(chosenPort(ports, address.name, this.address.place), address);
      if (url !== undefined) return url;
      if (attendedClock.now() >= end)
        throw new LittlefirstError(
          'LF_LINK_OPEN',
          'The exporter does not serve the serial port of the place',
          {
            expected: 'a port that labgrid shows as available, with its number',
            received: 'none',
            hint: `is the board connected? \`labgrid-client -p ${visibleLine(this.address.place)} show\``,
          },
        );
      await pause(100, signal);
    }
  }

  async release(): Promise<string | undefined> {
    if (this.isReleased) return undefined;
    this.isReleased = true;
    let problem: string | undefined;
    try {
      /* From this run alone: whoever has it by now keeps it. */
      const request = { placename: this.address.place, fromuser: this.holder };
      await this.coordinator.call('ReleasePlace', request);
      this.keeper.dismiss();
    } catch (error) {
      if (error instanceof Refused) this.keeper.dismiss();
      else {
        problem = `the labgrid place ${this.address.place} was not released: ${(error as Error).message}`;
        this.keeper.takeOver();
      }
    }
    this.coordinator.close();
    await this.lock.release();
    return problem;
  }

  /** @throws LF_CONFIG_INVALID */
  private found(): PlaceMessage {
    const { places } = this.coordinator;
    const found = places.get(this.address.place);
    if (found !== undefined) return found;
    const names = [...places.keys()].slice(0, 10).map(visibleLine).join(', ');
    throw new LittlefirstError('LF_CONFIG_INVALID', `labgrid has no place ${this.address.place}`, {
      expected: names === '' ? 'a place of the coordinator, which has none' : `one of ${names}`,
      received: this.lease,
      hint: '`labgrid-client places` lists them; aliases are not taken',
    });
  }

  private async acquire(): Promise<void> {
    const { coordinator, address } = this;
    try {
      await coordinator.call('AcquirePlace', { placename: address.place });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw await this.busy(error.message);
    }
  }

  /** Who has it, since when. */
  private async busy(words: string): Promise<LittlefirstError> {
    await this.coordinator.sync();
    const place = this.found();
    const owner = ownerOf(place);
    const { reservations = [] } =
      place.reservation === undefined ? {} : await this.coordinator.call('GetReservations', {});
    const reserved = reservations.find(({ token }) => token === place.reservation);
    const received =
      owner !== ''
        ? `held by ${owner}${since(place)}`
        : reserved !== undefined
          ? `reserved for ${reserved.owner}, token ${reserved.token}`
          : words;
    return new LittlefirstError('LF_PLACE_BUSY', `The labgrid place ${this.address.place} is not free`, {
      expected: 'a place that nobody else has',
      received: visibleLine(received),
      hint: `wait with ${placeKey(this.address)}?wait=600, or ask its holder for \`labgrid-client -p ${this.address.place} release\``,
      fields: { lease: placeKey(this.address), holder: visibleLine(owner), words },
    });
  }

  private look(): void {
    const place = this.coordinator.places.get(this.address.place);
    if (ownerOf(place) !== this.holder)
      this.lose(ownerOf(place) === '' ? 'nobody' : `${ownerOf(place)}${since(place!)}`);
  }

  /** The session broke: the place is still ours, until the coordinator says otherwise, or cannot be asked. */
  private async renew(error: LittlefirstError): Promise<void> {
    const end = attendedClock.now() + sessionMilliseconds;
    while (!this.isReleased) {
      try {
        await this.coordinator.open();
        return this.look();
      } catch {
        if (attendedClock.now() >= end) return this.lose(`unknown: ${error.detail.received}`);
      }
      await pause(retryMilliseconds);
    }
  }

  private lose(holder: string): void {
    if (this.isReleased) return;
    this.taken.abort(
      new LittlefirstError('LF_PLACE_LOST', `The labgrid place ${this.address.place} was taken away`, {
        expected: `${this.holder}, this run, as its holder until the end`,
        received: `its holder is ${visibleLine(holder)}`,
        hint: 'somebody has released it (`labgrid-client release --kick`), or the coordinator has started anew; run again',
        fields: { lease: placeKey(this.address) },
      }),
    );
  }
}

/**
 * Takes a place of a labgrid coordinator: the host's own lock on it first, then the coordinator's. A place that a dead run of this host still has is freed;
 * should this process die, another one gives the place back (`keeper.ts`).
 * @param lease `labgrid://host:20408/place`
 * @throws LF_CONFIG_INVALID, LF_TOOL_MISSING, LF_LINK_BUSY naming the run of this host, LF_PLACE_BUSY naming the holder, LF_PLACE_UNREACHABLE
 */
export async function takePlace(lease: string, options: TakeOptions = {}): Promise<HeldPlace> {
  const address = parsePlace(lease);
  const { signal, purpose } = options;
  const lock = await waitForDevice({ path: placeKey(address) }, address.waitSeconds * 1000, {
    signal,
    purpose,
  });
  let coordinator: Coordinator | undefined;
  try {
    coordinator = await Coordinator.connect(address, newHolder());
  } catch (error) {
    await lock.release();
    throw error;
  }
  const place = new Place(lease, address, coordinator, lock, startKeeper(address, coordinator.holder));
  try {
    await place.take(options);
    return place;
  } catch (error) {
    await place.release();
    throw error;
  }
}
