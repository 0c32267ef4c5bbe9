import { z } from 'zod';
import {
  type Hook,
  RUN_STATUSES,
  type RunStatus,
  type Step,
  type StepWithoutData,
  type StructuredError,
  type Wait,
  type WorkflowRun,
  type WorkflowRunWithoutData,
} from './entities.js';
import type { FieldsOf } from './fields-of.js';

/** What runs, steps, hooks and waits look like, for documents and for checks of what a world gives. Times are Dates. */

/** Left out when there is none. */
const payload: z.ZodType<unknown> = z.unknown().optional();
const withoutPayloads = { input: z.undefined(), output: z.undefined() };

const StructuredErrorSchema: z.ZodType<StructuredError> = z.object({
  message: z.string(),
  stack: z.string().optional(),
  code: z.string().optional(),
} satisfies FieldsOf<StructuredError>);

const runBase = {
  runId: z.string(),
  deploymentId: z.string(),
  workflowName: z.string(),
  specVersion: z.number().optional(),
  executionContext: z.record(z.string(), z.unknown()).optional(),
  startedAt: z.date().optional(),
  expiredAt: z.date().optional(),
  createdAt: z.date(),
  updatedAt: z.date(),
  lastKnownEventId: z.string(),
};

type RunOf<S extends RunStatus> = Extract<WorkflowRun, { status: S }>;

/** A run, by its status. */
export const WorkflowRunSchema: z.ZodType<WorkflowRun> = z.discriminatedUnion('status', [
  z.object({
    ...runBase,
    input: payload,
    status: z.enum(['pending', 'running']),
  } satisfies FieldsOf<RunOf<'pending' | 'running'>>),
  z.object({
    ...runBase,
    input: payload,
    status: z.literal('cancelled'),
    completedAt: z.date(),
  } satisfies FieldsOf<RunOf<'cancelled'>>),
  z.object({
    ...runBase,
    input: payload,
    status: z.literal('completed'),
    output: payload,
    completedAt: z.date(),
  } satisfies FieldsOf<RunOf<'completed'>>),
  z.object({
    ...runBase,
    input: payload,
    status: z.literal('failed'),
    error: StructuredErrorSchema,
    completedAt: z.date(),
  } satisfies FieldsOf<RunOf<'failed'>>),
]);

/** A run read with `resolveData: 'none'`. */
export const WorkflowRunWithoutDataSchema: z.ZodType<WorkflowRunWithoutData> = z.object({
  ...runBase,
  ...withoutPayloads,
  status: z.enum(RUN_STATUSES),
  error: StructuredErrorSchema.optional(),
  completedAt: z.date().optional(),
} satisfies FieldsOf<WorkflowRunWithoutData>);

const stepBase = {
  runId: z.string(),
  stepId: z.string(),
  stepName: z.string(),
  status: z.enum(RUN_STATUSES),
  error: StructuredErrorSchema.optional(),
  attempt: z.number().int().min(0),
  startedAt: z.date().optional(),
  completedAt: z.date().optional(),
  createdAt: z.date(),
  updatedAt: z.date(),
  retryAfter: z.date().optional(),
  specVersion: z.number().optional(),
};

/** A step of a run. */
export const StepSchema: z.ZodType<Step> = z.object({
  ...stepBase,
  input: payload,
  output: payload,
} satisfies FieldsOf<Step>);

/** A step read with `resolveData: 'none'`. */
export const StepWithoutDataSchema: z.ZodType<StepWithoutData> = z.object({
  ...stepBase,
  ...withoutPayloads,
} satisfies FieldsOf<StepWithoutData>);

/** A live hook. */
export const HookSchema: z.ZodType<Hook> = z.object({
  runId: z.string(),
  hookId: z.string(),
  token: z.string(),
  ownerId: z.string(),
  projectId: z.string(),
  environment: z.string(),
  metadata: payload,
  createdAt: z.date(),
  specVersion: z.number().exactOptional(),
  isWebhook: z.boolean().exactOptional(),
} satisfies FieldsOf<Hook>);

/** A wait of a run. */
export const WaitSchema: z.ZodType<Wait> = z.object({
  waitId: z.string(),
  runId: z.string(),
  status: z.enum(['waiting', 'completed']),
  resumeAt: z.date().optional(),
  completedAt: z.date().optional(),
  createdAt: z.date(),
  updatedAt: z.date(),
  specVersion: z.number().optional(),
} satisfies FieldsOf<Wait>);
