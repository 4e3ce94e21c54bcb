import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceClientConstructor,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { coordinatorInterface } from './interface.js';

interface ClientIn {
  sync?: { id: number };
  startup?: { version: string; name: string };
  subscribe?: { all_places?: boolean; all_resources?: boolean };
}

type Stream = ServerDuplexStream<ClientIn, object>;

interface Session {
  name?: string;
  stream: Stream;
}

/** Reservation states of labgrid, by number. */
const [waiting, allocated, acquired] = [0, 1, 2];

export interface ExportedPort {
  host: string;
  /** Told only while the place is acquired, as an exporter's ser2net runs only then. */
  port: number;
  protocol?: 'raw';
  proxy?: string;
}

/**
 * A coordinator as labgrid documents it and as version 26.0 was seen to behave: sessions by connection; a place belongs to a name and outlives its session;
 * a coordinator that starts anew has forgotten who had what. One exporter, `exporter`, with one group, `desk`.
 */
export class LabgridPeer {
  private readonly sessions = new Map<string, Session>();
  private readonly places = new Map<string, { acquired: string; changed: number; reservation?: string }>();
  private readonly reservations = new Map<string, { owner: string; state: number; place: string }>();
  private readonly ports = new Map<string, ExportedPort>();
  /** Names of all sessions so far. */
  readonly seen: string[] = [];
  readonly releases: { placename: string; fromuser?: string }[] = [];
  private readonly watchers = new Set<() => void>();
  private server = new Server();
  private port = 0;

  static async start(...places: string[]): Promise<LabgridPeer> {
    const peer = new LabgridPeer();
    for (const place of places) peer.places.set(place, { acquired: '', changed: 1_800_000_000 });
    await peer.listen();
    return peer;
  }

  lease(place: string, query = ''): string {
    return `labgrid://127.0.0.1:${this.port}/${place}${query}`;
  }

  holderOf(place: string): string {
    return this.places.get(place)!.acquired;
  }

  /** The exporter has a serial port. */
  export(name: string, port: ExportedPort): void {
    this.ports.set(name, port);
    this.publishResource(name);
  }

  /** Somebody takes a place, or gives or takes it back (''), whoever has it: `labgrid-client release --kick`. */
  give(place: string, holder: string): void {
    Object.assign(this.places.get(place)!, { acquired: holder, changed: 1_800_000_060 });
    this.schedule();
    this.publish(place);
  }

  /** Tokens of the reservations of a place. */
  reserved(place: string): string[] {
    return [...this.reservations].filter(([, one]) => one.place === place).map(([token]) => token);
  }

  /** `labgrid-client reserve` by somebody. */
  reserveFor(place: string, owner: string): void {
    this.reserve({ main: { filter: { name: place } } }, owner);
  }

  /** Ends all connections and comes back at the same address; what it knew of holders is gone, as after a restart, or not. */
  async restart(isForgetful: boolean): Promise<void> {
    this.server.forceShutdown();
    this.sessions.clear();
    if (isForgetful) for (const place of this.places.values()) place.acquired = '';
    this.server = new Server();
    await this.listen();
  }

  /** Resolves when something is so; looked at whenever something changes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>(resolve => this.watchers.add(resolve));
  }

  close(): void {
    this.server.forceShutdown();
  }

  private changed(): void {
    for (const tell of this.watchers) tell();
    this.watchers.clear();
  }

  private async listen(): Promise<void> {
    const { labgrid } = loadPackageDefinition(
      fromJSON(coordinatorInterface, { keepCase: true, longs: Number }),
    ) as unknown as { labgrid: { Coordinator: ServiceClientConstructor } };
    this.server.addService(labgrid.Coordinator.service, {
      ClientStream: (stream: Stream) => this.converse(stream),
      AcquirePlace: this.answer(({ placename }, name) => this.acquire(placename, name)),
      ReleasePlace: this.answer(request => this.release(request)),
      CreateReservation: this.answer(({ filters }, name) => this.reserve(filters, name)),
      PollReservation: this.answer(({ token }) => ({ reservation: this.reservation(token) })),
      CancelReservation: this.answer(({ token }) => {
        this.reservation(token);
        this.reservations.delete(token);
        this.schedule();
        return {};
      }),
      GetReservations: this.answer(() => ({
        reservations: [...this.reservations.keys()].map(token => this.reservation(token)),
      })),
    });
    this.port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
  }

  private converse(stream: Stream): void {
    const peer = stream.getPeer();
    const session: Session = { stream };
    if (this.sessions.has(peer)) return void stream.destroy(new Error('one session a connection'));
    this.sessions.set(peer, session);
    stream.on('data', ({ sync, startup, subscribe }: ClientIn) => {
      if (sync !== undefined) stream.write({ sync });
      if (startup !== undefined) {
        session.name = startup.name;
        this.seen.push(startup.name);
        this.changed();
      }
      if (subscribe?.all_places)
        stream.write({ updates: [...this.places.keys()].map(place => ({ place: this.place(place) })) });
      if (subscribe?.all_resources)
        stream.write({ updates: [...this.ports.keys()].map(name => ({ resource: this.resource(name) })) });
    });
    const end = () => {
      if (this.sessions.get(peer) === session) this.sessions.delete(peer);
      stream.end();
    };
    stream.on('end', end).on('cancelled', end).on('error', end);
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages come as their names say
  private answer(act: (request: any, name: string | undefined) => object) {
    return (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<object>) => {
      try {
        done(null, act(call.request, this.sessions.get(call.getPeer())?.name));
      } catch (error) {
        const { code, details } = error as { code: number; details: string };
        done({ code, details });
      }
      this.changed();
    };
  }

  private acquire(name: string, user: string | undefined): object {
    const place = this.places.get(name);
    if (user === undefined) throw refusal(status.FAILED_PRECONDITION, 'Peer does not have a valid session');
    if (place === undefined) throw refusal(status.INVALID_ARGUMENT, `Place ${name} does not exist`);
    if (place.acquired !== '') throw refusal(status.FAILED_PRECONDITION, `Place ${name} is already acquired`);
    const reserved = place.reservation === undefined ? user : this.reservations.get(place.reservation)?.owner;
    if (reserved !== user)
      throw refusal(status.PERMISSION_DENIED, `Place ${name} was not reserved for ${user}`);
    this.give(name, user);
    for (const port of this.ports.keys()) this.publishResource(port);
    return {};
  }

  private release(request: { placename: string; fromuser?: string }): object {
    const { placename, fromuser } = request;
    const place = this.places.get(placename);
    this.releases.push(request);
    if (place === undefined) throw refusal(status.INVALID_ARGUMENT, `Place ${placename} does not exist`);
    if (fromuser !== undefined && place.acquired !== fromuser) return {};
    if (place.acquired === '')
      throw refusal(status.FAILED_PRECONDITION, `Place ${placename} is not acquired`);
    this.give(placename, '');
    return {};
  }

  private reserve(filters: { main: { filter: { name: string } } }, owner: string | undefined): object {
    const token = `TOKEN${this.reservations.size}`;
    this.reservations.set(token, { owner: owner!, state: waiting, place: filters.main.filter.name });
    this.schedule();
    return { reservation: this.reservation(token) };
  }

  private reservation(token: string): object {
    const found = this.reservations.get(token);
    if (found === undefined) throw refusal(status.FAILED_PRECONDITION, `Reservation ${token} does not exist`);
    return { owner: found.owner, token, state: found.state };
  }

  /** The first reservation that waits for a free place is given it. */
  private schedule(): void {
    for (const [name, place] of this.places) {
      if (place.reservation !== undefined && !this.reservations.has(place.reservation))
        place.reservation = undefined;
      for (const [token, reservation] of this.reservations) {
        if (reservation.place !== name) continue;
        if (place.acquired === '' && place.reservation === undefined && reservation.state === waiting) {
          reservation.state = allocated;
          place.reservation = token;
        } else if (place.acquired !== '' && reservation.state === allocated) reservation.state = acquired;
      }
      this.publish(name);
    }
  }

  private place(name: string): object {
    const { acquired: holder, changed, reservation } = this.places.get(name)!;
    const paths = [...this.ports.keys()].map(port => `exporter/desk/NetworkSerialPort/${port}`);
    return {
      ...{ name, comment: '', acquired: holder, changed, created: 1_700_000_000 },
      matches: [
        { exporter: 'exp*', group: 'd?sk', cls: '*', name: 'u[0-9]*', rename: 'console' },
        { exporter: 'exporter', group: 'desk', cls: '*' },
      ],
      acquired_resources: holder === '' ? [] : paths,
      ...(reservation !== undefined && { reservation }),
    };
  }

  private resource(name: string): object {
    const { host, port, protocol, proxy } = this.ports.get(name)!;
    const isServed = [...this.places.values()].some(place => place.acquired !== '');
    return {
      path: { exporter_name: 'exporter', group_name: 'desk', resource_name: name },
      cls: 'NetworkSerialPort',
      params: {
        host: { string_value: host },
        port: isServed ? { uint_value: port } : {},
        speed: { uint_value: 115200 },
        ...(protocol && { protocol: { string_value: protocol } }),
      },
      extra: {
        proxy_required: { bool_value: proxy !== undefined },
        proxy: { string_value: proxy ?? host },
      },
      acquired: isServed ? 'place' : '',
      avail: true,
    };
  }

  private publish(name: string): void {
    this.tell({ updates: [{ place: this.place(name) }] });
  }

  private publishResource(name: string): void {
    this.tell({ updates: [{ resource: this.resource(name) }] });
  }

  private tell(message: object): void {
    for (const { stream } of this.sessions.values()) stream.write(message);
    this.changed();
  }
}

const refusal = (code: number, details: string) => ({ code, details });
