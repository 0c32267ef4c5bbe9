import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type LogKind, RAW_EVENT } from './log.js';

const SCRIPT = `
local seq = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
for i = 1, tonumber(ARGV[1]) do
  seq = seq + 1
  redis.call('XADD', KEYS[2], '0-' .. seq, 'data', ARGV[2])
end
redis.call('HSET', KEYS[1], 'seq', seq)
return tostring(seq)`;

/** The least that a log in Redis can do: a script that reads the tail, adds the event and updates the run. */
export const rawRedis = (url: () => Promise<string>): LogKind => ({
  name: 'raw EVALSHA',
  async open() {
    const redis = new Redis(await url());
    const sha = (await redis.script('LOAD', SCRIPT)) as string;
    return {
      openRun: async () => `{raw:${randomUUID()}}`,
      append: async (runId, { length }) =>
        (await redis.evalsha(sha, 2, runId, `${runId}:log`, length, RAW_EVENT)) as string,
      close: async () => redis.disconnect(),
    };
  },
});
