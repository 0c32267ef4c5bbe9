import {
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type WorldError,
  worldError,
} from '@world/contract';
import type { Answer } from './answer.js';
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
export async function readAnswer(answer: Answer, base: string): Promise<unknown> {
  await assertAnswers(answer, base);
  const format = formatOf(answer.header('content-type'));
  if (format === undefined) throw await foreign(answer, base);
  const { value } = decodeBody(await answer.bytes(), format) as { value?: unknown };
  return value;
}

/**
 * @throws the error in a response; for one that no server of worlds has given STORE_UNAVAILABLE when it may be gone next time,
 * STORE_INCOMPATIBLE when it will not, as for another wire version.
 */
export async function assertAnswers(answer: Answer, base: string): Promise<void> {
  const version = answer.header(HEADERS.wireVersion);
  if (version === null) throw await foreign(answer, base);
  if (version !== `${WIRE_VERSION}`) {
    await answer.discard();
    throw worldError(
      'STORE_INCOMPATIBLE',
      `${base} speaks wire version ${version}, this client ${WIRE_VERSION}; update @world/remote-http on the older side`,
      { details: { url: base, wireVersion: version } },
    );
  }
  if (answer.status < 200 || answer.status > 299) throw await errorIn(answer, base);
}

/** An error of the server, as its world has thrown it. */
export function errorOf({ code, message, details = {} }: WireError): WorldError {
  // Of the server's own world: this one is open, and the next server may be up already.
  if (code === 'WORLD_CLOSED') return worldError('STORE_UNAVAILABLE', 'the server is stopping');
  const isKnown = Object.hasOwn(ERRORS, code);
  return worldError(isKnown ? (code as ErrorCode) : 'STORE_INCOMPATIBLE', message, { details });
}

async function errorIn(answer: Answer, base: string): Promise<WorldError> {
  const format = formatOf(answer.header('content-type'));
  if (format === undefined) return foreign(answer, base);
  const { error } = decodeBody(await answer.bytes(), format) as { error: WireError };
  // The request was slow on its way, not bad.
  if (answer.status === 408) return worldError('STORE_UNAVAILABLE', error.message);
  return errorOf(error);
}

async function foreign(answer: Answer, base: string): Promise<WorldError> {
  const { status } = answer;
  await answer.discard();
  // Node answers requests that end too early with a 400 of no type.
  const isTorn = status === 400 && answer.header('content-type') === null;
  const isPassing = status >= 500 || status === 408 || status === 429 || isTorn;
  return worldError(
    isPassing ? 'STORE_UNAVAILABLE' : 'STORE_INCOMPATIBLE',
    `${base}: what answers is no server of worlds (HTTP ${status}); check the URL`,
    { details: { url: base, httpStatus: status } },
  );
}
