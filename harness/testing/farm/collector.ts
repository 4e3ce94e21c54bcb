import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ intValue: z.union([z.number(), z.string()]) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ boolValue: z.boolean() }),
]);
const attributes = z.array(z.strictObject({ key: z.string().min(1), value: anyValue }));
const nanoseconds = z.string().regex(/^\d{19}$/, 'nanoseconds since 1970 as a decimal string');

/** A span in OTLP's JSON (opentelemetry-proto 1.x, trace.proto; ids are hexadecimal there, 64-bit numbers strings). */
const spanSchema = z.looseObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: attributes.optional(),
});
type Span = z.infer<typeof spanSchema>;

const exportSchema = z.strictObject({
  resourceSpans: z.array(
    z.looseObject({
      resource: z.looseObject({ attributes }),
      scopeSpans: z.array(z.looseObject({ spans: z.array(spanSchema) })),
    }),
  ),
});

/** A collector of OTLP over HTTP, as its specification has it: POST /v1/traces, `application/json`. */
export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  address: string;
  /** The spans of a trace, which were all as the specification says: each as the names from the first span to it, sorted; those whose parent never came begin with `?`. */
  treeOf(traceId: string): string[];
  traces(): string[];
  close(): void;
}

export async function startCollector(): Promise<Collector> {
  const spans = new Map<string, Span>();
  const problems: string[] = [];
  const server = createServer(async (request, response) => {
    try {
      if (request.method !== 'POST' || request.url !== '/v1/traces') throw new Error(`${request.url}`);
      const { resourceSpans } = exportSchema.parse(await json(request));
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value;
        if (service === undefined) throw new Error('a resource without service.name');
        for (const span of scopeSpans.flatMap(scope => scope.spans)) {
          if (spans.has(span.spanId)) throw new Error(`the span ${span.spanId} twice`);
          if (BigInt(span.startTimeUnixNano) > BigInt(span.endTimeUnixNano))
            throw new Error('an end before its start');
          spans.set(span.spanId, span);
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    } catch (error) {
      problems.push((error as Error).message);
      response.writeHead(400).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pathOf = ({ name, parentSpanId }: Span): string => {
    if (parentSpanId === undefined) return name;
    const parent = spans.get(parentSpanId);
    return `${parent === undefined ? '?' : pathOf(parent)} > ${name}`;
  };
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    treeOf: traceId => {
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return [...spans.values()]
        .filter(span => span.traceId === traceId)
        .map(pathOf)
        .sort();
    },
    traces: () => [...new Set([...spans.values()].map(({ traceId }) => traceId))],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
