import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import { givenRuntime, givenWorld } from './given.js';

it('ticks and attempts of steps are spans, and errors are on them', async () => {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  const runtime = givenRuntime({
    world: givenWorld(),
    steps: { one: () => 1 },
    workflows: { flow: ({ step }) => step('one') },
    queue: { onProblem: () => {} },
  });
  const { runId } = await runtime.start('flow');
  await runtime.result(runId);
  const { runId: lost } = await runtime.start('nobody knows it');
  await expect
    .poll(() => exporter.getFinishedSpans().find(({ status }) => status.code === 2))
    .toMatchObject({ name: 'workflow.tick', attributes: { 'workflow.run_id': lost } });
  const spans = exporter
    .getFinishedSpans()
    .filter((one) => one.attributes['workflow.run_id'] === runId);
  expect(spans.map(({ name }) => name).sort()).toEqual([
    'workflow.step',
    'workflow.tick',
    'workflow.tick',
  ]);
});
