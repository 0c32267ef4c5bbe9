import { decodeTime, encodeTime, incrementBase32, ulid } from 'ulid';

/**
 * Event ids: `evnt_` + ULID. The time part is epoch ms, the rest is random, and within a run the string order of
 * ids is the commit order (law L1). Format: https://github.com/ulid/spec.
 */
export const EVENT_ID_PREFIX = 'evnt_';

const EVENT_ID = /^evnt_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;
const LAST_RANDOM = 'Z'.repeat(RANDOM_LENGTH);

/** The last ms that a ULID can hold. */
export const MAX_EVENT_TIME_MS: number = 2 ** 48 - 1;

/** The latest ms of an id that comes from outside: half the range, so that a log can always go on behind it. */
export const MAX_IMPORTED_TIME_MS: number = 2 ** 47;

/** Number of random characters that one id needs; see {@link mintEventId}. */
export const ENTROPY_LENGTH: number = RANDOM_LENGTH;

/** Whether a value is `evnt_` + ULID, in capitals. */
export function isEventId(value: unknown): value is string {
  return typeof value === 'string' && EVENT_ID.test(value);
}

const TIME_END = EVENT_ID_PREFIX.length + TIME_LENGTH;

// The ms that was written last, and its text: events come in bursts, and their ids are compared with the tail's.
let lastMs = 0;
let lastText = encodeTime(lastMs, TIME_LENGTH);

function timeText(ms: number): string {
  if (ms !== lastMs) {
    lastText = encodeTime(ms, TIME_LENGTH);
    lastMs = ms;
  }
  return lastText;
}

/** Epoch ms in an event id. */
export function eventIdTime(eventId: string): number {
  return eventId.startsWith(lastText, EVENT_ID_PREFIX.length)
    ? lastMs
    : decodeTime(eventId.slice(EVENT_ID_PREFIX.length));
}

/** The lowest id of a ms: ids of earlier ms sort below it, all others at or above. Times are rounded up and clamped. */
export function lowestEventIdAt(timeMs: number): string {
  const ms = Math.min(Math.ceil(timeMs), MAX_EVENT_TIME_MS);
  return `${EVENT_ID_PREFIX}${encodeTime(ms, TIME_LENGTH)}${'0'.repeat(RANDOM_LENGTH)}`;
}

// The system is asked for randomness once per pool: asking for each character took most of the time of an append.
const pool = new Uint8Array(4096);
let used = pool.length;

function pooledRandom(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const byte = pool[used] ?? 0;
  used += 1;
  return byte / 256;
}

/** Fresh random characters for one id. The first is 0, so that 2^75 increments fit before an id runs over its ms. */
export function createEntropy(): string {
  return `0${ulid(1, pooledRandom).slice(TIME_LENGTH + 1)}`;
}

export interface MintOptions {
  /** Id of the run's last event, absent for the first one. */
  readonly tail: string | undefined;
  /** The store's clock, epoch ms; may lie behind the tail. */
  readonly nowMs: number;
  /** Take a time part strictly greater than the tail's. */
  readonly strictlyLater: boolean;
  /** 16 Crockford base32 characters of {@link createEntropy}; used unless the id shares the tail's ms. */
  readonly entropy: string;
}

/**
 * Next id of a run, always above the tail whatever the clock says (L1). To be called inside the commit only.
 * Within the tail's ms the random part is the tail's plus one, so that 10,000 events of one ms stay in order.
 */
export function mintEventId({ tail, nowMs, strictlyLater, entropy }: MintOptions): string {
  const fresh = (ms: number): string => `${EVENT_ID_PREFIX}${timeText(ms)}${entropy}`;
  if (tail === undefined) return fresh(nowMs);
  const tailMs = eventIdTime(tail);
  if (nowMs > tailMs) return fresh(nowMs);
  if (strictlyLater) return fresh(tailMs + 1);
  const random = tail.slice(TIME_END);
  if (random === LAST_RANDOM) return fresh(tailMs + 1);
  return `${tail.slice(0, TIME_END)}${incrementBase32(random)}`;
}
