import { invalidArgument, KeySchema, worldError } from '@world/contract';
import { type Format, formatOf, HEADERS, WIRE_VERSION } from '../wire.js';
import { RequestError } from './request-error.js';

/** What the headers of a request say. */

/** What `encodeURIComponent` writes. A header that was sent twice arrives with a comma, and is none. */
const PERCENT_ENCODED = /^[\w.~!*'()%-]+$/;

/** @throws INVALID_ARGUMENT */
export function namespaceOf(header: string | undefined): string {
  const given = header ?? 'default';
  if (PERCENT_ENCODED.test(given)) {
    try {
      const namespace = decodeURIComponent(given);
      if (KeySchema.safeParse(namespace).success) return namespace;
    } catch {
      // Told below.
    }
  }
  throw invalidArgument(HEADERS.namespace, 'is not one percent-encoded name');
}

/** @throws STORE_INCOMPATIBLE, with status 400, when a client states another version than this server's. */
export function assertWireVersion(header: string | undefined): void {
  if (header === undefined || header === `${WIRE_VERSION}`) return;
  const version = /^[\w.-]{1,32}$/.test(header) ? header : '?';
  throw new RequestError(
    400,
    worldError(
      'STORE_INCOMPATIBLE',
      `the client speaks wire version ${version}, this server ${WIRE_VERSION}; update @world/remote-http on the older side`,
      { details: { wireVersion: WIRE_VERSION } },
    ),
  );
}

/** The format that an answer is asked for in: CBOR when it is asked for, JSON when nothing is said. */
export function acceptedFormat(accept: string | undefined): Format {
  const asked = (accept ?? '').split(',').map(formatOf);
  return asked.includes('cbor') ? 'cbor' : 'json';
}
