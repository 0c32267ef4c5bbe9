import type {
  Append,
  CreateEventParams,
  CreateEventRequest,
  EventResult,
  Events,
  World,
} from '@world/contract';
import type { Breakage } from './broken-world.js';

/** Short forms of the faults that many broken worlds share: one method replaced. */

type Create = (
  runId: string,
  data: CreateEventRequest,
  params?: CreateEventParams,
) => Promise<EventResult>;

/** The commands of an append are changed on their way into the store. */
export const onAppend = (change: (append: Append) => Append): Breakage => ({
  store: (store) => ({ append: (append) => store.append(change(append)) }),
});

/** Some methods of `events` are replaced. */
export const onEvents = (parts: (events: Events, world: World) => Partial<Events>): Breakage => ({
  world: (world) => ({ events: { ...world.events, ...parts(world.events, world) } }),
});

/** `events.create` is replaced. */
export const onCreate = (
  change: (
    create: Create,
    runId: string,
    data: CreateEventRequest,
    params: CreateEventParams | undefined,
  ) => Promise<EventResult>,
): Breakage =>
  onEvents(({ create }) => {
    const broken: Create = (runId, data, params) => change(create as Create, runId, data, params);
    return { create: broken as Events['create'] };
  });

/** `events.list` is replaced. */
export const onList = (
  change: (
    list: Events['list'],
    params: Parameters<Events['list']>[0],
  ) => ReturnType<Events['list']>,
): Breakage => onEvents(({ list }) => ({ list: (params) => change(list, params) }));
