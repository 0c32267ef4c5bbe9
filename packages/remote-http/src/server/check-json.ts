import { MAX_DEPTH, MAX_ITEMS } from './check-cbor.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENERS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSERS: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** What a JSON text would do to the parser, before it is parsed: undefined when it is harmless. It may still be no JSON. */
export function findHarmInJson(text: string): string | undefined {
  let depth = 0;
  let items = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if (OPENERS.has(unit)) {
      depth += 1;
      items += 1;
      if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    } else if (CLOSERS.has(unit)) depth -= 1;
    else if (unit === COMMA) items += 1;
    if (items > MAX_ITEMS) return `holds more than ${MAX_ITEMS} values`;
  }
  return undefined;
}

/** Where the closing quote stands. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at += 1;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}
