import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { getWritable } from 'workflow';

/** Writes numbered chunks, half of them before a file exists, and half after that. */
export async function streamsNumbers(count: number, gate: string): Promise<void> {
  'use workflow';
  await writeNumbers(0, count / 2);
  await waitFor(gate);
  await writeNumbers(count / 2, count);
  await closeStream();
}

/** Writes one chunk of bytes; byte `i` is `i % 251`. */
export async function streamsBytes(length: number): Promise<void> {
  'use workflow';
  await writeBytes(length);
}

async function writeNumbers(from: number, to: number): Promise<void> {
  'use step';
  const writer = getWritable<number>().getWriter();
  for (let i = from; i < to; i++) await writer.write(i);
  writer.releaseLock();
}

async function waitFor(file: string): Promise<void> {
  'use step';
  const exists = (): Promise<boolean> =>
    access(file).then(
      () => true,
      () => false,
    );
  while (!(await exists())) await delay(20);
}

async function closeStream(): Promise<void> {
  'use step';
  await getWritable().close();
}

async function writeBytes(length: number): Promise<void> {
  'use step';
  const writer = getWritable<Uint8Array>().getWriter();
  await writer.write(Uint8Array.from({ length }, (_, i) => i % 251));
  await writer.close();
}
