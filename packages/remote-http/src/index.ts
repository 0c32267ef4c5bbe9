export type { RemoteWorldOptions } from './create-world.js';
export { capabilities, createWorld, createWorld as default } from './create-world.js';
export type { Live } from './remote-follow.js';
