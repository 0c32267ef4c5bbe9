import { request } from 'node:http';
import { connect } from 'node:net';
import type { RunCreatedRequest } from '@world/contract';
import type { WireError } from '../src/read-answer.js';
import { decodeBody, formatOf } from '../src/wire.js';

/** Requests as no client sends them. */

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly body: { readonly value?: unknown; readonly error?: WireError };
}

export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

const JSON_TYPES = { 'content-type': 'application/json', accept: 'application/json' } as const;

/** Sends one request on a connection of its own. */
export function send(
  base: string,
  { method = 'POST', path, headers, body }: Sent,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: hostname.replace(/[[\]]/g, ''),
        port,
        path,
        method,
        headers: { ...JSON_TYPES, ...(headers as Record<string, string>) },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const format = formatOf(response.headers['content-type']);
          const isBody = format !== undefined && bytes.length > 0;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: bytes.toString('latin1'),
            // Only where somebody asks: the document is JSON, but no body.
            get body(): Answer['body'] {
              return isBody ? (decodeBody(bytes, format) as Answer['body']) : {};
            },
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** One call in JSON. */
export const call = (
  base: string,
  name: string,
  args: unknown,
  headers: Sent['headers'] = {},
): Promise<Answer> => send(base, { path: `/v1/${name}`, body: JSON.stringify(args), headers });

/** Writes bytes to a socket, and gives all that comes until the server closes it, or until `enough`. */
export function sendRaw(
  base: string,
  parts: readonly (string | Uint8Array)[],
  enough: (text: string) => boolean = () => false,
): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/[[\]]/g, ''), port: Number(port) });
    let text = '';
    const end = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('connect', () => {
      for (const part of parts) socket.write(part);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (enough(text)) end();
    });
    socket.on('error', end);
    socket.on('close', end);
  });
}

/** Names files, or has a stack. */
export const LEAKS: RegExp = /node_modules|file:\/\/|\/packages\/|\/work\/|\.[jt]s:\d|\n\s+at /;

export const RUN_CREATED: RunCreatedRequest = {
  eventType: 'run_created',
  eventData: { deploymentId: 'd', workflowName: 'w', input: null },
};
