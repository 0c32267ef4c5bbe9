import { debianProgram } from './debian-program.js';
import { findProgram } from './find-program.js';

/**
 * The path of `redis-server`: from `PATH`, else, on Debian and Ubuntu, from the distribution's package, which is unpacked into a
 * cache folder and not installed. Rejects with one line that says what to do.
 */
export async function redisProgram(): Promise<string> {
  const found = await findProgram('redis-server');
  if (found !== undefined) return found;
  return debianProgram('redis-server', ['redis-server', 'redis-tools']).catch((cause: Error) => {
    throw new Error(
      `there is no redis-server on PATH (and ${cause.message}); install Redis 7 ` +
        '(apt-get install redis-server, brew install redis), or set REDIS_URL to a running server',
      { cause },
    );
  });
}
