export type { RedisWorldOptions } from './create-world.js';
export { capabilities, createWorld, createWorld as default } from './create-world.js';
