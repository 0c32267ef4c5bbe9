import { createServer, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { CONTENT_TYPES, encodeBody, HEADERS, WIRE_VERSION } from '../wire.js';
import type { NodeExchange } from './node-exchange.js';
import { type RequestError, refuse } from './request-error.js';
import { tellError } from './wire-error.js';

/** A server of Node around a handler: what does not reach the handler is bounded, and answered in the wire format too. */

export interface NodeLimits {
  /** How long the head of a request may take to arrive, ms. */
  readonly headersTimeoutMs: number;
  /** How long nothing may be sent or taken on a connection, ms. */
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CHECK_MS = 1000;

/** What Node could not read as a request, by the code of its error. */
function unreadable(code: string | undefined): RequestError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return refuse(431, 'headers', `are larger than the limit of ${MAX_HEADER_BYTES} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refuse(413, 'body', 'has larger chunk extensions than are taken');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse(408, 'request', 'has not arrived in time');
    case 'HPE_INVALID_EOF_STATE':
      return refuse(408, 'request', 'has not arrived whole');
    default:
      return refuse(400, 'request', 'cannot be read as HTTP');
  }
}

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

function rawAnswer(error: RequestError): RawAnswer {
  const requestId = crypto.randomUUID();
  const { wire, headers } = tellError(error, requestId);
  const body = encodeBody({ error: wire }, 'json');
  return {
    status: error.status,
    headers: {
      ...headers,
      'content-type': CONTENT_TYPES.json,
      'content-length': `${body.length}`,
      'cache-control': 'no-store',
      [HEADERS.requestId]: requestId,
      [HEADERS.wireVersion]: `${WIRE_VERSION}`,
      connection: 'close',
    },
    body,
  };
}

function writeRaw(socket: Duplex, error: RequestError): void {
  const { status, headers, body } = rawAnswer(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
  socket.end(body);
}

export function createNodeServer(
  fetch: (request: Request, exchange: NodeExchange) => Promise<Response>,
  { headersTimeoutMs, idleTimeoutMs, maxConnections }: NodeLimits,
): Server {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const listener = getRequestListener(
    (request, exchange) => fetch(request, exchange as NodeExchange),
    {
      hostname: 'localhost',
      // The process is not this package's alone.
      overrideGlobalObjects: false,
      errorHandler: () => {
        const { status, headers, body } = rawAnswer(
          refuse(400, 'request', 'has a bad URL or host'),
        );
        return new Response(body, { status, headers });
      },
    },
  );
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersTimeoutMs,
      // Bodies have a deadline of their own; live streams have none.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(CHECK_MS, headersTimeoutMs),
      requireHostHeader: false,
    },
    (request, response) => {
      answering.set(request.socket, response);
      return listener(request, response);
    },
  );
  server.timeout = idleTimeoutMs;
  server.maxConnections = maxConnections;
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_, socket) => {
    writeRaw(socket, refuse(405, 'method', 'CONNECT is not taken', { allow: 'GET, HEAD, POST' }));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = answering.get(socket);
    // Into an answer that has begun nothing else can be written.
    const isBusy = response?.headersSent === true && !response.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isBusy) socket.destroy();
    else writeRaw(socket, unreadable(error.code));
  });
  return server;
}
