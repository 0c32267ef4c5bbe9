import assert from 'node:assert/strict';
import type { ClaimedMessage, ClaimRef, MessageRecord, Topic } from '../queue/message-store.js';
import { createRunId } from '../run-id.js';
import type { World } from '../world.js';

/** What tests of the queue begin with. */

export const FLOW = '__wkf_workflow_workflow//./flows//main';
export const STEP = '__wkf_step_step//./flows//work';

/** Wakes a run; the id of the message. */
export async function wake(
  world: World,
  runId: string,
  options: Parameters<World['queue']>[2] = {},
): Promise<string> {
  return idOf(await world.queue(FLOW, { runId }, options));
}

/** Asks for a step; the id of the message. */
export async function invokeStep(
  world: World,
  stepId: string,
  { runId = createRunId(), ...options }: Parameters<World['queue']>[2] & { runId?: string } = {},
): Promise<string> {
  const message = {
    workflowName: 'main',
    workflowRunId: runId,
    workflowStartedAt: Date.now(),
    stepId,
  };
  return idOf(await world.queue(STEP, message, options));
}

function idOf({ messageId }: { messageId: string | null }): string {
  assert.ok(messageId !== null);
  return messageId;
}

let tokens = 0;

/** A claim as a worker makes it. */
export interface Claim extends ClaimRef {
  readonly message: ClaimedMessage;
}

/** Longer than any test. */
export const LONG_MS = 600_000;

/** Claims what is due now. */
export async function claim(
  world: World,
  topic: Topic,
  { limit = 100, leaseMs = LONG_MS }: { limit?: number; leaseMs?: number } = {},
): Promise<Claim[]> {
  tokens += 1;
  const token = `token-${process.pid}-${tokens}`;
  const { messages } = await world.messages.claim({ topic, limit, leaseMs, token });
  return messages.map((message) => ({ messageId: message.messageId, token, message }));
}

/** Claims one message, as soon as one is due. */
export async function claimNext(
  world: World,
  topic: Topic,
  options: { leaseMs?: number } = {},
): Promise<Claim> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const [first] = await claim(world, topic, { ...options, limit: 1 });
    if (first !== undefined) return first;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('no message was due in 10 s');
}

/** Only what the store asks for. */
export const refOf = ({ messageId, token }: ClaimRef): ClaimRef => ({ messageId, token });

export const done = (world: World, one: ClaimRef): Promise<boolean> =>
  world.messages.settle(refOf(one), { kind: 'done' });

export const later = (
  world: World,
  one: ClaimRef,
  { delayMs = 0, failed = false }: { delayMs?: number; failed?: boolean } = {},
): Promise<boolean> => world.messages.settle(refOf(one), { kind: 'later', delayMs, failed });

/** All messages of a world. */
export const allMessages = (world: World): Promise<readonly MessageRecord[]> =>
  world.messages.list({ limit: 1000 });
