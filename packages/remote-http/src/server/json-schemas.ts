import { BytesSchema } from '@world/contract';
import { z } from 'zod';

/** A part of a document. */
export type Json = Readonly<Record<string, unknown>>;

/** Refers to what has a name in the document. */
export const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

const BYTES: Json = {
  type: 'object',
  required: ['$bytes'],
  properties: { $bytes: { type: 'string', contentEncoding: 'base64' } },
  additionalProperties: false,
};

/**
 * JSON Schemas of arguments (`input`) or of answers (`output`), in which what has a name in the document is referred to. Those
 * of answers allow no fields but the described ones.
 */
export class JsonSchemas {
  readonly #io: 'input' | 'output';
  readonly #names = z.registry<{ id: string }>();
  /** The named ones that were needed so far. */
  readonly components: Record<string, unknown> = {};

  constructor(io: 'input' | 'output', named: Readonly<Record<string, z.ZodType>>) {
    this.#io = io;
    for (const [id, schema] of Object.entries(named)) this.#names.add(schema, { id });
  }

  of(schema: z.ZodType): Json {
    const { $schema: _, ...made } = z.toJSONSchema(schema, {
      io: this.#io,
      metadata: this.#names,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const { type } = zodSchema._zod.def;
        // In JSON; CBOR has dates of its own.
        if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
        // In JSON; CBOR has bytes of its own.
        if ((zodSchema as unknown) === BytesSchema) Object.assign(jsonSchema, BYTES);
        // It is not there.
        if (type === 'undefined') jsonSchema.not = {};
        // The name, which is no keyword.
        delete jsonSchema.id;
      },
    });
    const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
    const { $defs = {}, ...rest } = JSON.parse(text);
    Object.assign(this.components, $defs);
    return rest;
  }
}
