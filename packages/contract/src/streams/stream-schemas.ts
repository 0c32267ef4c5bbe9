import { z } from 'zod';
import type { FieldsOf } from '../fields-of.js';
import { MAX_PAGE_SIZE } from '../pagination.js';
import { StreamWriterSchema } from '../streams.js';
import { BytesSchema, KeySchema } from '../values.js';
import type {
  StreamOutcome,
  StreamRange,
  StreamSlice,
  StreamState,
  StreamWrite,
} from './stream-store.js';

/** What the calls on chunks take and give. */

const Chunks = z.array(BytesSchema);
const Count = z.number().int().min(0);

/** A write. */
export const StreamWriteSchema: z.ZodType<StreamWrite> = z.strictObject({
  name: KeySchema,
  runId: KeySchema,
  chunks: Chunks,
  end: z.boolean(),
  writer: StreamWriterSchema.exactOptional(),
} satisfies FieldsOf<StreamWrite>);

/** What became of a write. */
export const StreamOutcomeSchema: z.ZodType<StreamOutcome> = z.enum(['written', 'known', 'ended']);

/** Which chunks. */
export const StreamRangeSchema: z.ZodType<StreamRange> = z.strictObject({
  name: KeySchema,
  from: Count,
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE),
  maxBytes: z.number().int().min(1),
} satisfies FieldsOf<StreamRange>);

const state = { length: Count, ended: z.boolean() } satisfies FieldsOf<StreamState>;

/** How far a stream is. */
export const StreamStateSchema: z.ZodType<StreamState> = z.object(state);

/** Chunks, and how far the stream is. */
export const StreamSliceSchema: z.ZodType<StreamSlice> = z.object({
  ...state,
  chunks: Chunks,
} satisfies FieldsOf<StreamSlice>);
