export type { AdapterOptions } from './create-world.js';
export { capabilities, createWorld, createWorld as default } from './create-world.js';
