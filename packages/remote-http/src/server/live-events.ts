import { type Event, type FollowParams, type World, WorldError } from '@world/contract';
import { frame, HEARTBEAT } from '../frames.js';
import { HEARTBEAT_MS, type LiveFrame } from '../live-frames.js';
import type { EventFrame } from '../remote-follow.js';
import { encodeBody } from '../wire.js';
import { tellError } from './wire-error.js';

/** The events of a run as they come. The next one is read when the last one was taken: a slow reader costs no memory. */
export function liveEvents(
  world: World,
  params: FollowParams,
  options: {
    readonly signal: AbortSignal;
    readonly requestId: string;
    readonly onEnd: () => void;
    /** Gets what the follower is not told. */
    readonly onError: (error: unknown) => void;
  },
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const events = world.events.follow({ ...params, signal });
  let next: Promise<IteratorResult<Event>> | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const end = (): void => {
    clearInterval(heartbeat);
    ended.abort();
    options.onEnd();
  };
  const send = (
    controller: ReadableStreamDefaultController<Uint8Array>,
    one: LiveFrame<EventFrame>,
  ): void => controller.enqueue(frame(encodeBody(one, 'cbor')));

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const beat = (): void => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(HEARTBEAT);
        };
        heartbeat = setInterval(beat, HEARTBEAT_MS);
        beat();
      },
      async pull(controller) {
        try {
          next ??= events.next();
          const { value, done } = await next;
          next = undefined;
          if (ended.signal.aborted) return;
          // A server that stops ends the line without a word: its clients go on elsewhere.
          if (done === true && !options.signal.aborted) send(controller, { end: true });
          else if (done !== true) {
            send(controller, { event: value });
            return;
          }
        } catch (error) {
          const isStop = options.signal.aborted || WorldError.is(error, 'WORLD_CLOSED');
          if (!isStop) {
            const { wire, isHidden } = tellError(error, options.requestId);
            if (isHidden) options.onError(error);
            send(controller, { error: wire });
          }
        }
        end();
        controller.close();
      },
      cancel: end,
    },
    { highWaterMark: 16 },
  );
}
