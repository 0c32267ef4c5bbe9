import { decodeData, type Event, encodeData, type Patch } from '@world/contract';
import { alterCommands, alterPatch } from './alter.js';
import type { Breakage, BrokenWorld } from './broken-world.js';

/** Bytes that went through text. */
const throughText = (value: unknown): unknown =>
  value instanceof Uint8Array ? new TextEncoder().encode(new TextDecoder().decode(value)) : value;

const isFalsy = (value: unknown): boolean => value === false;

const withoutFalse = ({ set }: Patch): Partial<Patch> => ({
  set: Object.fromEntries(Object.entries(set).filter(([, value]) => !isFalsy(value))),
});

/** Callers get the very events that the world keeps. */
function sharedEvents(): Breakage {
  const kept = new Map<string, Event>();
  return {
    world: (world) => ({
      events: {
        ...world.events,
        async list(params) {
          const page = await world.events.list(params);
          const data = page.data.map((event) => {
            const key = event.runId + event.eventId;
            const known = kept.get(key) ?? event;
            kept.set(key, known);
            return known;
          });
          return { ...page, data };
        },
      },
    }),
  };
}

/** Worlds that do not give back what they were given. */
export const brokenData: readonly BrokenWorld[] = [
  {
    fault: 'payloads are kept as text',
    caughtBy: 'L6-payloads-are-exact',
    breaks: alterCommands((command) => {
      if (command.data === undefined) return command;
      const fields = Object.entries({ ...(decodeData(command.data) as object) });
      const data = fields.map(([name, value]) => [name, throughText(value)]);
      return { ...command, data: encodeData(Object.fromEntries(data)) };
    }),
  },
  {
    fault: 'a caller that changes what it was given changes the log',
    caughtBy: 'L6-nothing-is-shared',
    breaks: sharedEvents(),
  },
  {
    fault: 'fields that are false are dropped',
    caughtBy: 'S-fields-are-exact',
    breaks: alterPatch('hook_created', withoutFalse),
  },
  {
    fault: 'times are kept in seconds',
    caughtBy: 'S-times-are-exact',
    breaks: alterPatch('wait_created', ({ set }) => ({
      set: { ...set, resumeAt: Math.floor(Number(set.resumeAt) / 1000) * 1000 },
    })),
  },
];
