import type { Attributes, Tracer } from '@opentelemetry/api';

/** Spans, when the app has OpenTelemetry. */

let tracer: Promise<Tracer | undefined> | undefined;

const loadTracer = (): Promise<Tracer | undefined> =>
  import('@opentelemetry/api').then(
    ({ trace }) => trace.getTracer('@world/runtime'),
    () => undefined,
  );

/** Runs `body` in a span, with what it throws noted on it. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  body: () => Promise<T>,
): Promise<T> {
  tracer ??= loadTracer();
  const found = await tracer;
  if (found === undefined) return body();
  return found.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await body();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      // SpanStatusCode.ERROR; the enum is a value of a package that may be missing.
      span.setStatus({ code: 2 });
      throw error;
    } finally {
      span.end();
    }
  });
}
