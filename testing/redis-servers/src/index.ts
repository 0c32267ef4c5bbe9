export { curlProgram } from './curl-program.js';
export { redisProgram } from './redis-program.js';
export { type SharedRedis, sharedRedisUrl } from './shared-redis-url.js';
export { type ClusterOptions, type RedisCluster, startCluster } from './start-cluster.js';
export { type RedisOptions, type RedisServer, startRedis } from './start-redis.js';
export { valkeyProgram } from './valkey-program.js';
