const CHUNK_BYTES = 64 * 1024;

/** What came out of streams. */
export interface Summed {
  readonly bytes: number;
  readonly sum: number;
}

/** A stream of so many bytes of 0, which goes through so many steps that add 1 to each. */
export async function pipes(length: number, steps: number): Promise<Summed> {
  'use workflow';
  let stream = await zeros(length);
  for (let i = 0; i < steps; i++) stream = await increment(stream);
  return sumOf([stream]);
}

/** Streams that are each written by one step and read by another, all at once. */
export async function pipesInParallel(count: number, length: number): Promise<Summed[]> {
  'use workflow';
  const one = async (): Promise<Summed> => sumOf([await increment(await zeros(length))]);
  return Promise.all(Array.from({ length: count }, one));
}

/** Streams that are written by steps at once, and read by one step. */
export async function fansIn(count: number, length: number): Promise<Summed> {
  'use workflow';
  const streams = await Promise.all(Array.from({ length: count }, () => zeros(length)));
  return sumOf(streams);
}

async function zeros(length: number): Promise<ReadableStream<Uint8Array>> {
  'use step';
  let left = length;
  return new ReadableStream({
    pull(controller) {
      const bytes = Math.min(left, CHUNK_BYTES);
      left -= bytes;
      controller.enqueue(new Uint8Array(bytes));
      if (left === 0) controller.close();
    },
  });
}

async function increment(stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  'use step';
  const incremented = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => byte + 1)),
  });
  return stream.pipeThrough(incremented);
}

async function sumOf(streams: ReadableStream<Uint8Array>[]): Promise<Summed> {
  'use step';
  const summed = await Promise.all(streams.map(summedUp));
  return {
    bytes: summed.reduce((all, { bytes }) => all + bytes, 0),
    sum: summed.reduce((all, { sum }) => all + sum, 0),
  };
}

async function summedUp(stream: ReadableStream<Uint8Array>): Promise<Summed> {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    for (const byte of chunk) sum += byte;
  }
  return { bytes, sum };
}
