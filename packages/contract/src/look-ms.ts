import type { Capabilities } from './store.js';

/** How long workers, followers and readers wait for a notification before they look by themselves, ms. */
export const lookMsOf = ({ push }: Capabilities): number => (push ? 1000 : 50);
