import { WorldError } from '../errors.js';
import type { Event } from '../events.js';
import type { EventResult, World } from '../world.js';

/** What became of appends that were sent at once. */
export interface Race {
  /** Events that were committed or shown, in the order of the attempts. */
  readonly events: readonly Event[];
  readonly refusals: readonly WorldError[];
}

/** Sends `count` appends at once, through the instances in turn. Fails on anything but a typed refusal. */
export async function race(
  worlds: readonly World[],
  count: number,
  attempt: (world: World, index: number) => Promise<EventResult>,
): Promise<Race> {
  const settled = await Promise.allSettled(
    Array.from({ length: count }, async (_, index) => {
      const world = worlds[index % worlds.length];
      if (world === undefined) throw new Error('a race needs an instance');
      return attempt(world, index);
    }),
  );
  const events: Event[] = [];
  const refusals: WorldError[] = [];
  for (const one of settled) {
    if (one.status === 'fulfilled') {
      if (one.value.event !== undefined) events.push(one.value.event);
    } else if (WorldError.is(one.reason)) refusals.push(one.reason);
    else throw one.reason;
  }
  return { events, refusals };
}
