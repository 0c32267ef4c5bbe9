import { debianProgram } from './debian-program.js';
import { findProgram } from './find-program.js';

/**
 * The path of `curl`: from `PATH`, else from the distribution's package as `redisProgram` does it. Rejects with one line that
 * says what to do.
 */
export async function curlProgram(): Promise<string> {
  const found = await findProgram('curl');
  if (found !== undefined) return found;
  return debianProgram('curl', ['curl']).catch((cause: Error) => {
    throw new Error(`there is no curl on PATH (and ${cause.message}); install it`, { cause });
  });
}
