import { decodeTime } from 'ulid';
import { z } from 'zod';
import { environment } from './environment.js';
import { invalidArgument } from './errors.js';
import { parseArgument } from './parse.js';
import { isRunId } from './run-id.js';

/**
 * Keys that payloads are encrypted with. Each run has a key of its own, derived from the key that was in force when its id was
 * made: an old key is needed until its last run is gone, and a new one changes nothing for runs that exist.
 */

/** A key, and from when on new runs use it; from the beginning when not given. */
export interface EncryptionKey {
  /** Base64 of 32 random bytes. */
  readonly key: string;
  readonly from?: Date | undefined;
}

/** The part of a World that gives keys. */
export interface Encryption {
  /**
   * The AES-256 key of a run, 32 bytes; undefined when the world has no keys: nothing is encrypted then.
   * @throws INVALID_ARGUMENT for what is no run, and for a run that is older than every key.
   */
  getEncryptionKeyForRun(
    run: string | { readonly runId: string },
    context?: Record<string, unknown>,
  ): Promise<Uint8Array | undefined>;
}

const KEY_BYTES = 32;
const VARIABLE = 'WORKFLOW_WORLD_KEYS';

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

function isKey(text: string): boolean {
  try {
    return bytesOf(text).length === KEY_BYTES;
  } catch {
    return false;
  }
}

const KeySchema = z.string().refine(isKey, `is not base64 of ${KEY_BYTES} bytes`);

/** Checks keys. Their values are in no error. */
export const EncryptionKeysSchema: z.ZodType<readonly EncryptionKey[]> = z
  .array(z.object({ key: KeySchema, from: z.date().optional() }))
  .min(1);

/** `<key>` or `<ISO 8601 time>=<key>`, by commas. */
function fromEnvironment(): readonly EncryptionKey[] | undefined {
  const text = environment()[VARIABLE];
  if (!text) return undefined;
  const keys = text.split(',').map((part): EncryptionKey => {
    const [, from, key = part] = /^(\d{4}-[^=]+)=(.+)$/.exec(part.trim()) ?? [];
    return { key: key.trim(), ...(from !== undefined && { from: new Date(from) }) };
  });
  return parseArgument(EncryptionKeysSchema, keys, VARIABLE);
}

/**
 * The keys of a world: the given ones, or those of `WORKFLOW_WORLD_KEYS`.
 * @throws INVALID_ARGUMENT for variables that hold no keys.
 */
export function createKeyring(given: readonly EncryptionKey[] | undefined): Encryption {
  const keys = (given ?? fromEnvironment() ?? [])
    .map(({ key, from }) => ({ bytes: bytesOf(key), from: from?.getTime() ?? 0 }))
    .sort((a, b) => b.from - a.from);
  return {
    async getEncryptionKeyForRun(run) {
      const runId = typeof run === 'string' ? run : run?.runId;
      if (!isRunId(runId)) throw invalidArgument('runId', 'is no run id');
      if (keys.length === 0) return undefined;
      const madeAt = decodeTime(runId.slice(-26));
      const inForce = keys.find(({ from }) => from <= madeAt);
      if (inForce === undefined) throw invalidArgument('runId', 'is older than every key');
      return derive(inForce.bytes, runId);
    },
  };
}

/** HKDF-SHA-256, RFC 5869. */
async function derive(key: Uint8Array<ArrayBuffer>, runId: string): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode(`world run ${runId}`);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(params, material, 8 * KEY_BYTES));
}
