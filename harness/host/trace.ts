import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import { loadOptional, optionalModule } from '../optional-module.js';

/**
 * Traces as OpenTelemetry has them, sent by OTLP over HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) says. While that is unset
 * nothing is loaded and a span costs a call. Parents are told as W3C has them (Trace Context, `traceparent`), over HTTP and to child processes.
 */
export interface Span {
  /** The span as the parent of others; of none, that of its own parent, so that a trace goes through who does not trace. */
  readonly traceparent: string | undefined;
  /** @param error what it ended by, where it failed */
  end(attributes?: Attributes, error?: unknown): void;
}

export interface SpanOptions {
  /** `traceparent` of the span that this one belongs to; default: none, a trace of its own. */
  parent?: string;
  attributes?: Attributes;
  /** The ids of a first span, where they are known: as a `traceparent`. */
  as?: string;
  /** When it began; default: now. */
  startedAt?: Date;
}

interface Active {
  tracer: Tracer;
  contextOf: (parent: string | undefined) => Context;
  ids: { next?: { traceId: string; spanId: string } };
  flush: () => Promise<void>;
}

let active: Active | undefined;
let users = 0;

/** How long the last spans may take to be sent at the end, milliseconds: nobody waits for a collector that is gone. */
const flushMilliseconds = 3_000;
const errorStatus = 2;

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

/** By the variables that OpenTelemetry names for every SDK. */
export const isTracingWanted = (environment: NodeJS.ProcessEnv): boolean =>
  (isSet(environment.OTEL_EXPORTER_OTLP_ENDPOINT) || isSet(environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)) &&
  environment.OTEL_SDK_DISABLED?.toLowerCase() !== 'true' &&
  environment.OTEL_TRACES_EXPORTER !== 'none';

/** The ids of a `traceparent`; undefined of what is none (W3C Trace Context, 3.2.2). */
export function idsOf(
  traceparent: string | undefined,
): { traceId: string; spanId: string; traceFlags: number } | undefined {
  const [, traceId, spanId, flags] =
    /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  return traceId === undefined ? undefined : { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

const hex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte => byte.toString(16).padStart(2, '0')).join(
    '',
  );

async function load(version: string): Promise<Active> {
  const module = optionalModule('@opentelemetry/sdk-trace-base');
  const [api, sdk, resources, exporter] = await loadOptional(
    () =>
      Promise.all([
        import('@opentelemetry/api'),
        import('@opentelemetry/sdk-trace-base'),
        import('@opentelemetry/resources'),
        import('@opentelemetry/exporter-trace-otlp-http'),
      ]),
    module,
  );
  const ids: Active['ids'] = {};
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': 'littlefirst', 'service.version': version })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    idGenerator: {
      generateTraceId: () => ids.next?.traceId ?? hex(16),
      generateSpanId: () => ids.next?.spanId ?? hex(8),
    },
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
  return {
    tracer: provider.getTracer('littlefirst', version),
    contextOf: parent => {
      const known = idsOf(parent);
      return known === undefined
        ? api.ROOT_CONTEXT
        : api.trace.setSpanContext(api.ROOT_CONTEXT, { ...known, isRemote: true });
    },
    ids,
    flush: async () => {
      await provider.shutdown();
    },
  };
}

/**
 * Begins to trace, where the environment asks for it. Never an obstacle: what cannot be loaded or sent is told once.
 * @returns sends what is left, and ends it
 */
export async function startTracing(
  version: string,
  onNote: (text: string) => void,
): Promise<() => Promise<void>> {
  if (!isTracingWanted(process.env)) return async () => undefined;
  try {
    active ??= await load(version);
  } catch (error) {
    onNote(`no traces: ${(error as Error).message.replaceAll('\n', ';')}`);
    return async () => undefined;
  }
  users += 1;
  return async () => {
    users -= 1;
    if (users > 0 || active === undefined) return;
    const { flush } = active;
    active = undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, flushMilliseconds);
    });
    await Promise.race([flush().catch(() => undefined), late]);
    clearTimeout(timer);
  };
}

/** Begins a span; it must be ended to be told. */
export function startSpan(name: string, { parent, attributes, as, startedAt }: SpanOptions = {}): Span {
  if (active === undefined) return { traceparent: as ?? parent, end: () => undefined };
  active.ids.next = idsOf(as);
  const span = active.tracer.startSpan(name, { attributes, startTime: startedAt }, active.contextOf(parent));
  active.ids.next = undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end: (more = {}, error) => {
      span.setAttributes(more);
      if (error !== undefined)
        span.setStatus({
          code: errorStatus,
          message: error instanceof Error ? error.message.split('\n')[0] : String(error),
        });
      span.end();
    },
  };
}

/** Does something as a span. @param work is told the span's `traceparent` */
export async function traced<T>(
  name: string,
  options: SpanOptions,
  work: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    const done = await work(span.traceparent);
    span.end();
    return done;
  } catch (error) {
    span.end({}, error);
    throw error;
  }
}
