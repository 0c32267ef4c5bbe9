import { isUtf8 } from 'node:buffer';

/**
 * What CBOR of strangers may hold, checked before it is decoded. The decoder is made for data of friends: measured with
 * cbor-x 1.6.9, an integer of 300 KB takes it two minutes, 8 MB of empty maps take 600 MB, a tag of ten bytes asks for 2 GB,
 * and its records compile code. Only what the contract's encoder writes is let through.
 */

/** Above what the contract stores (200 levels) with the body around it. */
export const MAX_DEPTH = 256;
/** Values in one body. */
export const MAX_ITEMS = 2_000_000;
/** Of one integer. */
export const MAX_BIGINT_BYTES = 1024;

type Kind = 'number' | 'bytes' | 'text' | 'list' | 'map' | 'tag' | 'simple';

/** What the encoder writes behind each tag. */
const CONTENT_OF_TAG: ReadonlyMap<number, Kind> = new Map([
  [0, 'text'], // date
  [1, 'number'], // date
  [2, 'bytes'], // integer
  [3, 'bytes'], // negative integer
  [27, 'list'], // Error, RegExp
  ...[64, 68, 69, 70, 71, 72, 77, 78, 79, 85, 86].map((tag) => [tag, 'bytes'] as const),
  [258, 'list'], // Set
  [259, 'map'], // Map
]);
const INTEGERS: ReadonlySet<number | undefined> = new Set([2, 3]);
const NAMED = 27;
const MAP = 259;

const KINDS: readonly Kind[] = [
  'number',
  'number',
  'bytes',
  'text',
  'list',
  'map',
  'tag',
  'simple',
];

interface Frame {
  left: number;
  /** Nothing of it was read. */
  isFresh: boolean;
  /** Its keys become names of members. */
  readonly isObject: boolean;
  /** Name and text of an Error or RegExp. */
  readonly isNamed: boolean;
}

class Harm extends Error {}

/** What is wrong with CBOR, for a caller to read: undefined when it is whole and harmless. */
export function findHarmInCbor(bytes: Uint8Array): string | undefined {
  try {
    new CborScan(bytes).run();
    return undefined;
  } catch (error) {
    if (error instanceof Harm) return error.message;
    throw error;
  }
}

class CborScan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #frames: Frame[] = [{ left: 1, isFresh: true, isObject: false, isNamed: false }];
  #at = 0;
  #items = 0;
  #tag: number | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    for (;;) {
      let frame = this.#frames.at(-1);
      while (frame !== undefined && frame.left === 0) {
        this.#frames.pop();
        frame = this.#frames.at(-1);
      }
      if (frame === undefined) break;
      this.#item(frame);
    }
    if (this.#at !== this.#bytes.length) throw new Harm('goes on behind its end');
  }

  #item(frame: Frame): void {
    this.#count(1);
    const [kind, value] = this.#head();
    const tag = this.#tag;
    this.#tag = undefined;
    if (tag !== undefined && CONTENT_OF_TAG.get(tag) !== kind) {
      throw new Harm(`has tag ${tag} on what it is not for`);
    }
    if (frame.isNamed && kind !== 'text') throw new Harm(`has tag ${NAMED} on what it is not for`);
    if (kind === 'tag') {
      if (!CONTENT_OF_TAG.has(value)) throw new Harm(`has tag ${value}, which is not taken`);
      this.#tag = value;
      return;
    }
    const isKey = frame.isObject && frame.left % 2 === 0;
    const isName = frame.isNamed && frame.isFresh;
    frame.isFresh = false;
    frame.left -= 1;
    if (kind === 'text') this.#text(value, isKey, isName);
    else if (kind === 'bytes') this.#skip(value, INTEGERS.has(tag));
    else if (kind === 'list') this.#open(value, { isObject: false, isNamed: tag === NAMED });
    else if (kind === 'map') this.#open(2 * value, { isObject: tag !== MAP, isNamed: false });
  }

  #open(left: number, as: Omit<Frame, 'left' | 'isFresh'>): void {
    // The name and the text of an Error; a RegExp has its flags as well.
    if (as.isNamed && left !== 2 && left !== 3)
      throw new Harm(`has tag ${NAMED} on ${left} values`);
    if (left > this.#bytes.length - this.#at) throw new Harm('ends too early');
    if (this.#frames.length > MAX_DEPTH) {
      throw new Harm(`is nested deeper than ${MAX_DEPTH} levels`);
    }
    this.#frames.push({ left, isFresh: true, ...as });
  }

  #text(length: number, isKey: boolean, isName: boolean): void {
    const start = this.#at;
    this.#skip(length, false);
    const text = this.#bytes.subarray(start, this.#at);
    if (!isUtf8(text)) throw new Harm('holds text that is not UTF-8');
    if (!isKey && !isName) return;
    if (length > 32) return;
    const name = new TextDecoder().decode(text);
    if (isKey && name === '__proto__') throw new Harm('holds the key __proto__');
    if (isName && name in Object.prototype) throw new Harm(`holds an error named ${name}`);
  }

  #skip(length: number, isInteger: boolean): void {
    if (isInteger && length > MAX_BIGINT_BYTES) {
      throw new Harm(`holds an integer larger than ${MAX_BIGINT_BYTES} bytes`);
    }
    // Each byte costs the decoder a new integer.
    if (isInteger) this.#count(length);
    if (length > this.#bytes.length - this.#at) throw new Harm('ends too early');
    this.#at += length;
  }

  #count(items: number): void {
    this.#items += items;
    if (this.#items > MAX_ITEMS) throw new Harm(`holds more than ${MAX_ITEMS} values`);
  }

  /** Kind of the next item, and its number, length or tag. */
  #head(): readonly [Kind, number] {
    const first = this.#bytes[this.#at];
    if (first === undefined) throw new Harm('ends too early');
    this.#at += 1;
    const major = first >> 5;
    const info = first & 0x1f;
    const value = this.#argument(info);
    if (major !== 7) return [KINDS[major] ?? 'simple', value];
    // False, true, null, undefined; half, float and double.
    if (info < 20 || info === 24) throw new Harm(`holds the simple value ${value}`);
    return [info > 24 ? 'number' : 'simple', value];
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw new Harm('has an item of unknown or of indefinite length');
    const size = 1 << (info - 24);
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new Harm('ends too early');
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at);
    if (size === 4) return this.#view.getUint32(at);
    return this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
  }
}
