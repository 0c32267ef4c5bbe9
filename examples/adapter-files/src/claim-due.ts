import { type Claimed, type ClaimRequest, MAX_CLAIM_BYTES } from '@world/contract';
import type { Message, Records } from './records.js';
import type { Decision } from './storage.js';

/** It is due, says no more than that its run should be looked at, and has never failed. */
export const isWake = (message: Message, now: number): boolean =>
  message.mergeable &&
  message.failures === 0 &&
  message.state === 'waiting' &&
  message.dueAt <= now;

const byDueTime = (a: Message, b: Message): number =>
  a.dueAt - b.dueAt || (a.messageId < b.messageId ? -1 : 1);

/** Whoever had claimed it was not heard of again. */
const failuresOf = ({ state, failures }: Message): number =>
  state === 'claimed' ? failures + 1 : failures;

/** Claims what is due: of a lane one message, if no other one of it is held. */
export function claimDue(records: Records, request: ClaimRequest, now: number): Decision<Claimed> {
  const { topic, limit, leaseMs, token } = request;
  const all = [...records.messages.values()].filter(({ state }) => state !== 'dead');
  const held = all.filter(({ state, dueAt }) => state === 'claimed' && dueAt > now);
  const heldLanes = new Set(held.map(({ lane }) => lane));
  const ofTopic = all.filter((one) => one.topic === topic);

  const taken: Message[] = [];
  const expired: Message[] = [];
  const merged: string[] = [];
  let bytes = 0;
  let hasRoom = true;
  for (const message of ofTopic.filter(({ dueAt }) => dueAt <= now).sort(byDueTime)) {
    const { lane } = message;
    if (lane !== undefined && heldLanes.has(lane)) continue;
    bytes += message.data.length;
    hasRoom = taken.length < limit && (taken.length === 0 || bytes <= MAX_CLAIM_BYTES);
    if (!hasRoom) break;
    const failures = failuresOf(message);
    taken.push({ ...message, state: 'claimed', failures, dueAt: now + leaseMs, token });
    if (lane === undefined) continue;
    heldLanes.add(lane);
    for (const other of all) {
      if (other.lane !== lane || other === message) continue;
      if (isWake(other, now)) merged.push(other.messageId);
      // Should the clock be set back, a claim that ran out must not be good again.
      if (other.state === 'claimed') {
        const { token: _, ...rest } = other;
        expired.push({ ...rest, state: 'waiting', failures: failuresOf(other) });
      }
    }
  }

  const times = [...ofTopic, ...taken].map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now);
  const nextInMs = hasRoom ? Math.min(...times) - now : 0;
  return {
    answer: {
      messages: taken.map(({ state, dueAt, token: _, ...message }) => message),
      ...(Number.isFinite(nextInMs) && { nextInMs }),
    },
    change: taken.length > 0 ? { messages: [...taken, ...expired], settled: merged } : undefined,
  };
}
