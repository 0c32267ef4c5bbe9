import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyReader } from './read-body.js';

/** A request and its response on Node, read and written without the streams of the web, which cost more than most calls. */
export interface NodeExchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** The chunks of a body. The connection outlives whoever stops reading: it has an answer to carry. */
export function readerOf({ incoming }: NodeExchange): BodyReader {
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  return {
    read: () => chunks.next(),
    async cancel() {
      await chunks.return?.();
    },
  };
}

/** What tells the server that an answer was written. https://github.com/honojs/node-server#response_already_sent */
const WRITTEN = { 'x-hono-already-sent': 'true' };
const written = new Map<number, Response>();

/** Writes an answer, whole. */
export function writeAnswer(
  { outgoing }: NodeExchange,
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Response {
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
  outgoing.end(bytes);
  const known = written.get(status) ?? new Response(null, { status, headers: WRITTEN });
  written.set(status, known);
  return known;
}
