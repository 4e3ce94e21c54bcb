import { readFile } from 'node:fs/promises';
import { startTracing } from '../../host/trace.js';
import { packagePath } from '../../package-root.js';

/**
 * Does something with traces sent where OTEL_EXPORTER_OTLP_ENDPOINT says; where that is unset, just does it.
 * @param onNote why there are none although they were asked for
 */
export async function withTracing<T>(work: () => Promise<T>, onNote: (text: string) => void): Promise<T> {
  const { version } = JSON.parse(await readFile(packagePath('package.json'), 'utf8')) as { version: string };
  const end = await startTracing(version, onNote);
  try {
    return await work();
  } finally {
    await end();
  }
}
