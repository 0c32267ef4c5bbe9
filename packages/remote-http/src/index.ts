export { capabilities, createWorld, createWorld as default } from './create-world.js';
export type { Live } from './remote-follow.js';
export type { RemoteWorldOptions } from './settings.js';
