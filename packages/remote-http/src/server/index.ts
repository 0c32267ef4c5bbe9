export type { AccessToken, TokenSource } from './access.js';
export type { HandlerOptions, WorldHandler } from './create-world-handler.js';
export { createWorldHandler } from './create-world-handler.js';
export type { RequestLine } from './request-log.js';
export type { ServedWorlds, ServeOptions } from './serve.js';
export { serve } from './serve.js';
export type { Lease, Worlds } from './worlds.js';
