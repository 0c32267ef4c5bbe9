import { invalidArgument, KeySchema, type World } from '@world/contract';
import type { z } from 'zod';
import { frame, HEARTBEAT } from '../frames.js';
import { HEARTBEAT_MS } from '../live-frames.js';
import type { ChangeFrame, Watched } from '../watches.js';
import { encodeBody } from '../wire.js';

/** Check the arguments of a watch. */
export const WATCH_SCHEMAS: { readonly stream: z.ZodType<string | undefined> } = {
  stream: KeySchema.optional(),
};

/** What is to be watched. @throws INVALID_ARGUMENT */
export function watchedOf(args: Readonly<Record<string, unknown>>): Watched {
  const { success, data, error } = WATCH_SCHEMAS.stream.safeParse(args.stream);
  if (!success) throw invalidArgument('stream', error.issues[0]?.message ?? 'is invalid');
  return data === undefined ? {} : { stream: data };
}

const CHANGED = frame(encodeBody({ changed: true } satisfies ChangeFrame, 'cbor'));

/** Frames that may wait to be read: a sign of life, and a change. */
const ROOM = 2;

/** Tells when something may have changed; several changes that nobody has read of yet are one. */
export function liveChanges(
  world: World,
  { stream }: Watched,
  options: { readonly signal: AbortSignal; readonly onEnd: () => void },
): ReadableStream<Uint8Array> {
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let unsubscribe = (): void => {};
  let stop = (): void => {};
  const end = (): void => {
    clearInterval(heartbeat);
    unsubscribe();
    options.signal.removeEventListener('abort', stop);
    options.onEnd();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const hasRoomFor = (frames: number): boolean => (controller.desiredSize ?? 0) >= frames;
        const onChange = (): void => {
          // Where there is no room, one that says the same is not read yet.
          if (hasRoomFor(1)) controller.enqueue(CHANGED);
        };
        const beat = (): void => {
          if (hasRoomFor(ROOM)) controller.enqueue(HEARTBEAT);
        };
        stop = () => {
          end();
          controller.close();
        };
        unsubscribe =
          stream === undefined
            ? world.messages.subscribe(onChange)
            : world.chunks.subscribe(stream, onChange);
        heartbeat = setInterval(beat, HEARTBEAT_MS);
        beat();
        if (options.signal.aborted) stop();
        else options.signal.addEventListener('abort', stop, { once: true });
      },
      cancel: end,
    },
    { highWaterMark: ROOM },
  );
}
