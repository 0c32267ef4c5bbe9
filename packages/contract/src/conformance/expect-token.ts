import assert from 'node:assert/strict';
import type { Event } from '../events.js';
import type { EventResult, World } from '../world.js';
import { uniqueId } from './given.js';
import { request } from './requests.js';

/** Asserts that a run can claim the token now, and returns the hook's id. */
export async function expectFree(world: World, runId: string, token: string): Promise<string> {
  const hookId = uniqueId('hook');
  const { event, hook } = await world.events.create(runId, request.hookCreated(hookId, token));
  assert.equal(event?.eventType, 'hook_created', 'the token is free');
  assert.deepEqual(await world.hooks.getByToken(token), hook);
  assert.equal(hook?.hookId, hookId);
  return hookId;
}

/** Asserts that a claim was answered with a conflict that names the owner. */
export function expectConflict(
  { event, hook }: EventResult,
  token: string,
  ownerRunId: string,
): void {
  assertConflict(event, token, ownerRunId);
  assert.equal(hook, undefined, 'a conflict makes no hook');
}

export function assertConflict(event: Event | undefined, token: string, ownerRunId: string): void {
  assert.ok(event?.eventType === 'hook_conflict', `${event?.eventType} is a hook_conflict`);
  assert.deepEqual(event.eventData, { token, conflictingRunId: ownerRunId });
}
