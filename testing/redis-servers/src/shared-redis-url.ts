import { startRedis } from './start-redis.js';

/** A server that tests share; each keeps to a namespace of its own. */
export interface SharedRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/** The server that `REDIS_URL` names, and `stop` leaves it alone; without that variable a new one. */
export async function sharedRedisUrl(): Promise<SharedRedis> {
  const { REDIS_URL: url } = process.env;
  return url === undefined || url === '' ? startRedis() : { url, stop: async () => {} };
}
