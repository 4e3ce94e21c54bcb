import { EventEmitter } from 'node:events';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { LittlefirstError } from '../../errors.js';
import { afterAttended } from '../../host/attended-clock.js';
import { loadOptional, optionalModule } from '../../optional-module.js';
import { packagePath } from '../../package-root.js';
import { visibleLine } from '../../visible.js';
import { type PlaceAddress, placeKey } from './address.js';
import type {
  OutMessage,
  PlaceMessage,
  ReservationMessage,
  ResourceMessage,
  ResourcePath,
} from './messages.js';

/** How long the coordinator may take to answer a sync, milliseconds of attended time. Assumed: it answers at once. */
const syncMilliseconds = 10_000;
/** Of a call, milliseconds: the coordinator gives each exporter 10 s to start or stop what it exports (labgrid 26.0, `ExporterCommand.wait`). */
const callMilliseconds = 60_000;
/** As labgrid's own client has them (labgrid 26.0, remote/client.py): a coordinator that is gone is noticed after some 20 s. */
const keepalive = { 'grpc.keepalive_time_ms': 7_500, 'grpc.keepalive_timeout_ms': 10_000 } as const;

type Callback = (error: ServiceError | null, answer: unknown) => void;
type Unary = (request: object, options: { deadline: number }, callback: Callback) => void;

interface Stub {
  ClientStream(): ClientDuplexStream<object, OutMessage>;
  AcquirePlace: Unary;
  ReleasePlace: Unary;
  CreateReservation: Unary;
  PollReservation: Unary;
  CancelReservation: Unary;
  GetReservations: Unary;
  close(): void;
}

interface Answers {
  AcquirePlace: object;
  ReleasePlace: object;
  CreateReservation: { reservation: ReservationMessage };
  PollReservation: { reservation: ReservationMessage };
  CancelReservation: object;
  GetReservations: { reservations?: ReservationMessage[] };
}

/** The coordinator refused a call. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** @throws LF_TOOL_MISSING where the packages are not there that speak to a coordinator */
export async function checkLabgrid(): Promise<void> {
  await packages();
}

async function packages() {
  const grpc = await loadOptional(() => import('@grpc/grpc-js'), optionalModule('@grpc/grpc-js'));
  const loader = await loadOptional(() => import('@grpc/proto-loader'), optionalModule('@grpc/proto-loader'));
  return { grpc, loader };
}

async function stubFor({ host, port }: PlaceAddress): Promise<Stub> {
  const { grpc, loader } = await packages();
  const definition = await loader.load(packagePath('harness', 'wire', 'labgrid', 'coordinator.proto'), {
    keepCase: true,
    longs: Number,
  });
  const { labgrid } = grpc.loadPackageDefinition(definition) as unknown as {
    labgrid: {
      Coordinator: new (target: string, credentials: object, options: object) => Stub & { close(): void };
    };
  };
  return new labgrid.Coordinator(`${host}:${port}`, grpc.credentials.createInsecure(), {
    ...keepalive,
    /* The coordinator knows a session by its connection: two of one process must not share theirs. */
    'grpc.use_local_subchannel_pool': 1,
  });
}

const resourceKey = ({ exporter_name = '', group_name = '', resource_name = '' }: ResourcePath): string =>
  `${exporter_name}/${group_name}/${resource_name}`;

interface Events {
  /** A place or a resource has changed. */
  change: [];
  /** The session is over, and not by `close`. */
  end: [LittlefirstError];
}

/** A session with a coordinator, under a name; mirrors its places and resources. */
export class Coordinator extends EventEmitter<Events> {
  places = new Map<string, PlaceMessage>();
  /** By `exporter/group/name`. */
  resources = new Map<string, ResourceMessage>();
  private stream: ClientDuplexStream<object, OutMessage> | undefined;
  private readonly syncs = new Map<number, (error?: LittlefirstError) => void>();
  private lastSync = 0;

  private constructor(
    private readonly address: PlaceAddress,
    readonly holder: string,
    private readonly stub: Stub,
  ) {
    super();
  }

  /** @throws LF_TOOL_MISSING, LF_PLACE_UNREACHABLE */
  static async connect(address: PlaceAddress, holder: string): Promise<Coordinator> {
    const coordinator = new Coordinator(address, holder, await stubFor(address));
    try {
      await coordinator.open();
      return coordinator;
    } catch (error) {
      coordinator.close();
      throw error;
    }
  }

  /** Begins a session, the first or, after `end`, another one. @throws LF_PLACE_UNREACHABLE */
  async open(): Promise<void> {
    this.places = new Map();
    this.resources = new Map();
    const stream = this.stub.ClientStream();
    this.stream = stream;
    let isOpen = false;
    const over = (cause?: Error) => {
      if (this.stream !== stream) return;
      this.stream = undefined;
      const error = this.unreachable(cause?.message ?? 'it ended the session', cause);
      for (const settle of [...this.syncs.values()]) settle(error);
      if (isOpen) this.emit('end', error);
    };
    stream.on('data', message => this.receive(message, isOpen));
    stream.on('error', over).on('end', () => over());
    stream.write({ startup: { version: 'littlefirst', name: this.holder } });
    stream.write({ subscribe: { all_places: true } });
    stream.write({ subscribe: { all_resources: true } });
    await this.sync();
    isOpen = true;
  }

  /** Resolves once everything that the coordinator had to say so far is here. @throws LF_PLACE_UNREACHABLE */
  sync(): Promise<void> {
    const { stream } = this;
    if (stream === undefined) return Promise.reject(this.unreachable('there is no session'));
    this.lastSync += 1;
    const id = this.lastSync;
    return new Promise((resolve, reject) => {
      const cancel = afterAttended(
        () => settle(this.unreachable(`no answer within ${syncMilliseconds} ms`)),
        syncMilliseconds,
      );
      const settle = (error?: LittlefirstError) => {
        cancel();
        this.syncs.delete(id);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.syncs.set(id, settle);
      stream.write({ sync: { id } });
    });
  }

  /** @throws Refused with the coordinator's own words; LF_PLACE_UNREACHABLE */
  call<M extends keyof Answers>(method: M, request: object): Promise<Answers[M]> {
    return new Promise((resolve, reject) => {
      this.stub[method](request, { deadline: Date.now() + callMilliseconds }, (error, answer) => {
        if (error === null) return resolve(answer as Answers[M]);
        reject(
          isRefusal(error) ? new Refused(visibleLine(error.details)) : this.unreachable(error.message, error),
        );
      });
    });
  }

  close(): void {
    const { stream } = this;
    this.stream = undefined;
    for (const settle of [...this.syncs.values()]) settle(this.unreachable('the session was closed'));
    stream?.cancel();
    this.stub.close();
  }

  private receive({ sync, updates = [] }: OutMessage, isOpen: boolean): void {
    for (const { place, del_place, resource, del_resource } of updates) {
      if (place !== undefined) this.places.set(place.name, place);
      if (del_place !== undefined) this.places.delete(del_place);
      if (resource !== undefined) this.resources.set(resourceKey(resource.path), resource);
      if (del_resource !== undefined) this.resources.delete(resourceKey(del_resource));
    }
    if (sync !== undefined) this.syncs.get(sync.id)?.();
    if (isOpen && updates.length > 0) this.emit('change');
  }

  private unreachable(reason: string, cause?: unknown): LittlefirstError {
    const { host, port } = this.address;
    return new LittlefirstError('LF_PLACE_UNREACHABLE', 'The labgrid coordinator cannot be reached', {
      expected: `a coordinator of labgrid 24.0 or later at ${host}:${port}`,
      received: visibleLine(reason),
      hint: `\`labgrid-client -x ${host}:${port} places\` from this machine; older coordinators speak another protocol`,
      fields: { lease: placeKey(this.address) },
      cause,
    });
  }
}

/** gRPC's INVALID_ARGUMENT, PERMISSION_DENIED and FAILED_PRECONDITION: what the coordinator says of its own accord. */
const refusals: ReadonlySet<number> = new Set([3, 7, 9]);
const isRefusal = ({ code }: ServiceError): boolean => refusals.has(code);
