import { createHook, createWebhook, type RequestWithResponse, sleep } from 'workflow';
import { note } from './steps.js';

/** Sleeps, one after the other. */
export async function naps(count: number, ms: number): Promise<number> {
  'use workflow';
  for (let i = 0; i < count; i++) await sleep(ms);
  return count;
}

/** Waits so long that only a cancellation ends it. */
export async function waitsForever(token: string): Promise<void> {
  'use workflow';
  await note('before');
  createHook({ token });
  await sleep('1h');
  await note('after');
}

/** Everything that a hook receives, up to a number of payloads. */
export async function receives(token: string, count: number): Promise<unknown[]> {
  'use workflow';
  using hook = createHook<{ n: number }>({ token });
  const received: unknown[] = [];
  for await (const payload of hook) {
    received.push(payload);
    await note(`received ${payload.n}`);
    if (received.length === count) break;
  }
  return received;
}

/** The run that holds a token, or null when this one got it. */
export async function claims(token: string): Promise<string | null> {
  'use workflow';
  const hook = createHook({ token });
  return (await hook.getConflict())?.runId ?? null;
}

/** Answers one HTTP request with what it said. */
export async function answersWebhook(): Promise<string> {
  'use workflow';
  using webhook = createWebhook({ respondWith: 'manual' });
  const request = await webhook;
  const { name } = (await request.json()) as { name: string };
  await answer(request, `hello ${name}`);
  return name;
}

async function answer(request: RequestWithResponse, text: string): Promise<void> {
  'use step';
  await request.respondWith(new Response(text, { status: 201, headers: { 'x-by': 'a step' } }));
}

/** Which of a hook and a sleep came first, several times in a row. */
export async function hookOrSleep(token: string, rounds: number, ms: number): Promise<string[]> {
  'use workflow';
  using hook = createHook<string>({ token });
  const winners: string[] = [];
  for (let i = 0; i < rounds; i++) {
    const winner = await Promise.race([hook.then(() => 'hook'), sleep(ms).then(() => 'sleep')]);
    winners.push(await note(winner));
  }
  return winners;
}
