import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { moduleHref, nodeWords } from '../testing/child.js';
import { idsOf, isTracingWanted, startSpan } from './trace.js';

const [trace, span] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

/** What a process does that traces two spans: how many modules of OpenTelemetry it loaded, what it was told, and the second span's parents. */
async function tracingProcess(environment: NodeJS.ProcessEnv) {
  const script = `
    import { createRequire } from 'node:module';
    const { startTracing, startSpan } = await import(${JSON.stringify(moduleHref('host/trace'))});
    const notes = [];
    const end = await startTracing('1', note => notes.push(note));
    const parent = startSpan('a', { parent: '00-${trace}-${span}-01' });
    const { traceparent } = startSpan('b', { parent: parent.traceparent });
    parent.end({ key: 1 }, new Error('failed'));
    await end();
    const loaded = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache).filter(name => name.includes('opentelemetry')).length;
    console.log(JSON.stringify({ notes, loaded, traceparent }));`;
  const words = [...nodeWords, '--input-type=module', '-e', script];
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: undefined, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return JSON.parse(stdout) as { notes: string[]; loaded: number; traceparent: string };
}

describe('traces', () => {
  it('load nothing and pass their parent on while nobody asks for them', async () => {
    const { loaded, notes, traceparent } = await tracingProcess({});
    expect({ loaded, notes }).to.deep.equal({ loaded: 0, notes: [] });
    expect(traceparent).to.equal(`00-${trace}-${span}-01`);
    expect(startSpan('alone').traceparent).to.equal(undefined);
  });

  it('go on in the trace of their parent, and do not fail with their collector', async () => {
    const { loaded, notes, traceparent } = await tracingProcess({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    });
    expect(loaded).to.be.greaterThan(0);
    expect(notes).to.deep.equal([]);
    expect(idsOf(traceparent)?.traceId).to.equal(trace);
    expect(idsOf(traceparent)?.spanId).to.not.equal(span);
  });

  it('are asked for as OpenTelemetry says', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    const wanted = [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      endpoint,
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' },
      { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
      { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
    ].map(isTracingWanted);
    expect(wanted).to.deep.equal([false, false, true, true, false, false]);
  });

  it('take no parent that is none', () => {
    expect(idsOf(`00-${trace}-${span}-01`)).to.deep.equal({ traceId: trace, spanId: span, traceFlags: 1 });
    for (const wrong of [
      undefined,
      '',
      `ff-${trace}-${span}-01`,
      `00-${'0'.repeat(32)}-${span}-01`,
      `00-${trace}-${'0'.repeat(16)}-01`,
      `00-${trace.toUpperCase()}-${span}-01`,
      `00-${trace}-${span}-01-more`,
      `00-${trace}-${span}-01\r\nx: y`,
    ])
      expect(idsOf(wrong), String(wrong)).to.equal(undefined);
  });
});
