import type { CreateEventParams as StockParams, World as StockWorld } from '@workflow/world';
import type {
  CreateEventParams,
  Event,
  EventResult,
  Hook,
  Step,
  Wait,
  WorkflowRun,
  World,
} from '@world/contract';
import { expectTypeOf, test } from 'vitest';

test('a World is a World of @workflow/world@4.5.0, as a whole and part by part', () => {
  expectTypeOf<World>().toExtend<StockWorld>();
  expectTypeOf<World['events']>().toExtend<StockWorld['events']>();
  expectTypeOf<World['runs']>().toExtend<StockWorld['runs']>();
  expectTypeOf<World['steps']>().toExtend<StockWorld['steps']>();
  expectTypeOf<World['hooks']>().toExtend<StockWorld['hooks']>();
});

test('what it returns is what stock clients expect', () => {
  type Stock = StockWorld['runs'];
  expectTypeOf<WorkflowRun>().toExtend<Awaited<ReturnType<Stock['get']>>>();
  expectTypeOf<Event>().toExtend<NonNullable<StockResult['event']>>();
  expectTypeOf<Step>().toExtend<NonNullable<StockResult['step']>>();
  expectTypeOf<Hook>().toExtend<NonNullable<StockResult['hook']>>();
  expectTypeOf<Wait>().toExtend<NonNullable<StockResult['wait']>>();
  expectTypeOf<EventResult>().toExtend<StockResult>();
});

test('every parameter of a stock client is taken', () => {
  expectTypeOf<StockParams>().toExtend<CreateEventParams>();
  type StockRequest = Parameters<StockWorld['events']['create']>[1];
  expectTypeOf<StockRequest>().toExtend<Parameters<World['events']['create']>[1]>();
});

type StockResult = Awaited<ReturnType<StockWorld['events']['create']>>;
