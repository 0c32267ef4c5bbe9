import {
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type WorldError,
  worldError,
} from '@world/contract';
import { decodeBody, formatOf, HEADERS, WIRE_VERSION } from './wire.js';

/** An error on the wire. */
export interface WireError {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly status: number;
  readonly details?: ErrorDetails;
}

/** The value in a response. @throws the error in it, or what `assertAnswers` throws. */
export async function readAnswer(response: Response, base: string): Promise<unknown> {
  await assertAnswers(response, base);
  const format = formatOf(response.headers.get('content-type'));
  if (format === undefined) throw await foreign(response, base);
  const { value } = decodeBody(await bytesOf(response), format) as { value?: unknown };
  return value;
}

/**
 * @throws the error in a response; for one that no server of worlds has given STORE_UNAVAILABLE when it may be gone next time,
 * STORE_INCOMPATIBLE when it will not, as for another wire version.
 */
export async function assertAnswers(response: Response, base: string): Promise<void> {
  const version = response.headers.get(HEADERS.wireVersion);
  if (version === null) throw await foreign(response, base);
  if (version !== `${WIRE_VERSION}`) {
    await discard(response);
    throw worldError(
      'STORE_INCOMPATIBLE',
      `${base} speaks wire version ${version}, this client ${WIRE_VERSION}; update @world/remote-http on the older side`,
      { details: { url: base, wireVersion: version } },
    );
  }
  if (!response.ok) throw await errorIn(response, base);
}

/** An error of the server, as its world has thrown it. */
export function errorOf({ code, message, details = {} }: WireError): WorldError {
  // Of the server's own world: this one is open, and the next server may be up already.
  if (code === 'WORLD_CLOSED') return worldError('STORE_UNAVAILABLE', 'the server is stopping');
  const isKnown = Object.hasOwn(ERRORS, code);
  return worldError(isKnown ? (code as ErrorCode) : 'STORE_INCOMPATIBLE', message, { details });
}

async function errorIn(response: Response, base: string): Promise<WorldError> {
  const format = formatOf(response.headers.get('content-type'));
  if (format === undefined) return foreign(response, base);
  const { error } = decodeBody(await bytesOf(response), format) as { error: WireError };
  // The request was slow on its way, not bad.
  if (response.status === 408) return worldError('STORE_UNAVAILABLE', error.message);
  return errorOf(error);
}

async function foreign(response: Response, base: string): Promise<WorldError> {
  const { status, headers } = response;
  await discard(response);
  // Node answers requests that end too early with a 400 of no type.
  const isTorn = status === 400 && headers.get('content-type') === null;
  const isPassing = status >= 500 || status === 408 || status === 429 || isTorn;
  return worldError(
    isPassing ? 'STORE_UNAVAILABLE' : 'STORE_INCOMPATIBLE',
    `${base}: what answers is no server of worlds (HTTP ${status}); check the URL`,
    { details: { url: base, httpStatus: status } },
  );
}

const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

/** Frees its connection. */
const discard = async (response: Response): Promise<void> => {
  await response.body?.cancel().catch(() => {});
};
