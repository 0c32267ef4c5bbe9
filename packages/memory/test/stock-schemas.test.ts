import {
  EventSchema,
  HookSchema,
  StepSchema,
  stripEventDataRefs,
  WaitSchema,
  WorkflowRunSchema,
} from '@workflow/world';
import { EVENT_TYPES, type Event, type EventResult, type World } from '@world/contract';
import { mergedEvents, recordedRuns, requestOf } from '@world/contract/conformance';
import { createWorld } from '@world/memory';
import { expect, onTestFinished, test } from 'vitest';

/** What stock clients parse with the schemas of `@workflow/world@4.5.0` must parse, and lose nothing that they know. */

function open(): World {
  const world = createWorld({ url: 'memory:', namespace: crypto.randomUUID() });
  onTestFinished(() => world.close());
  return world;
}

function expectStock({ event, run, step, hook, wait }: EventResult): void {
  if (event !== undefined) expectStockEvent(event);
  if (run !== undefined)
    expect(WorkflowRunSchema.parse(run)).toEqual(without(run, 'lastKnownEventId'));
  if (step !== undefined) expect(StepSchema.parse(step)).toEqual(step);
  if (hook !== undefined) expect(HookSchema.parse(hook)).toEqual(hook);
  if (wait !== undefined) expect(WaitSchema.parse(wait)).toEqual(wait);
}

function expectStockEvent(event: Event): void {
  // Stock schemas strip what they do not know: `seq`, and newer fields of `eventData`.
  expect(without(event, 'seq', 'eventData')).toEqual(
    without(EventSchema.parse(event), 'eventData'),
  );
}

const without = (value: object, ...names: string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

test('everything that an append of any event type returns', async () => {
  const world = open();
  const seen = new Set<string>();
  for (const event of mergedEvents(recordedRuns())) {
    const result = await world.events.create(event.runId, requestOf(event));
    expectStock(result);
    if (result.event !== undefined) seen.add(result.event.eventType);
  }
  // Recorded runs end before they dispose a hook.
  expect(EVENT_TYPES.filter((eventType) => !seen.has(eventType))).toEqual(['hook_disposed']);
});

test('everything that reads return, and payloads are left out as stock clients do it', async () => {
  const world = open();
  for (const { run, events } of recordedRuns()) {
    for (const event of events) {
      await world.events.create(run.runId, requestOf(event));
    }
    const { runId } = run;
    expectStock({ run: await world.runs.get(runId) });
    for (const step of (await world.steps.list({ runId })).data) expectStock({ step });
    for (const wait of (await world.waits.list({ runId })).data) expectStock({ wait });
    const all = (await world.events.list({ runId })).data;
    const none = (await world.events.list({ runId, resolveData: 'none' })).data;
    expect(none).toEqual(all.map((event) => stripEventDataRefs(event, 'none')));
  }
});
