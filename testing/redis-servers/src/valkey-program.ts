import { debianProgram } from './debian-program.js';
import { findProgram } from './find-program.js';

/**
 * The path of `valkey-server`: from `PATH`, else from the distribution's package as `redisProgram` does it; on Debian 12 that
 * comes from bookworm-backports. Undefined when it cannot be had.
 */
export async function valkeyProgram(): Promise<string | undefined> {
  const found = await findProgram('valkey-server');
  if (found !== undefined) return found;
  return debianProgram('valkey-server', ['valkey-server', 'valkey-tools']).catch(() => undefined);
}
