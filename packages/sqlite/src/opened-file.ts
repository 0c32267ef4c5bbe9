import { statSync } from 'node:fs';
import { worldError } from '@world/contract';

/** The file behind an open database. Whoever holds it open can write to it long after it was removed. */
export class OpenedFile {
  readonly #path: string;
  readonly #identity: string | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** @throws STORE_UNAVAILABLE when another file, or none, has taken its place: what is written would be lost. */
  assertInPlace(): void {
    if (identityOf(this.#path) === this.#identity) return;
    throw worldError(
      'STORE_UNAVAILABLE',
      `${this.#path}: the file was removed or replaced while it was open; open the world again`,
      { details: { path: this.#path } },
    );
  }
}

function identityOf(path: string): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  return file && `${file.dev}/${file.ino}`;
}
