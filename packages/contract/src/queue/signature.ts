/** Signatures of deliveries: HMAC-SHA-256 over everything that tells what is delivered, and when. */

/** What is signed. */
export interface SignedDelivery {
  /** Of the URL, from `/.well-known/` on: proxies may put something before it. */
  readonly path: string;
  readonly messageId: string;
  readonly queueName: string;
  readonly attempt: number;
  /** Epoch ms. */
  readonly time: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A delivery is taken this long before and after its time, ms: clocks differ, and nothing older is worth anything. */
export const REPLAY_WINDOW_MS: number = 5 * 60_000;

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const;
const VERSION = 'v1';

export type Secret = string | Uint8Array;

const bytesOf = (secret: Secret): Uint8Array<ArrayBuffer> =>
  new Uint8Array(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret);

/** Whether two secrets are one. */
export const isSameSecret = (a: Secret, b: Secret): boolean =>
  toHex(bytesOf(a)) === toHex(bytesOf(b));

const keyOf = (secret: Secret, usage: 'sign' | 'verify') =>
  crypto.subtle.importKey('raw', bytesOf(secret), ALGORITHM, false, [usage]);

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** One line for each part; none of them can hold the end of a line. */
async function textOf(delivery: SignedDelivery): Promise<Uint8Array<ArrayBuffer>> {
  const { path, messageId, queueName, attempt, time, body } = delivery;
  const bodyHash = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
  const parts = [VERSION, path, messageId, JSON.stringify(queueName), attempt, time, bodyHash];
  return new TextEncoder().encode(parts.join('\n'));
}

/** `v1=` and the hex digits of the signature. */
export async function signDelivery(delivery: SignedDelivery, secret: Secret): Promise<string> {
  const key = await keyOf(secret, 'sign');
  const signature = await crypto.subtle.sign(ALGORITHM.name, key, await textOf(delivery));
  return `${VERSION}=${toHex(new Uint8Array(signature))}`;
}

/** Whether a delivery of that time may be taken now, both epoch ms. */
export const isTimely = (time: number, nowMs: number): boolean =>
  Math.abs(nowMs - time) <= REPLAY_WINDOW_MS;

/** Whether one of the secrets has signed it. The comparison takes as long whatever is wrong. */
export async function isSigned(
  delivery: SignedDelivery,
  signature: string,
  secrets: readonly Secret[],
): Promise<boolean> {
  const digits = /^v1=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (digits === undefined) return false;
  const given = Uint8Array.from({ length: 32 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
  const text = await textOf(delivery);
  const matches = await Promise.all(
    secrets.map(async (secret) =>
      crypto.subtle.verify(ALGORITHM.name, await keyOf(secret, 'verify'), given, text),
    ),
  );
  return matches.includes(true);
}
