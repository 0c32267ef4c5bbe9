import { listeningPorts } from './listening-ports.js';

/** Answered by the endpoints of `@workflow/core@4`. */
const HEALTH = '/.well-known/workflow/v1/flow?__health';
const ANSWER_MS = 2000;

/** The base URL of the workflow app that this process serves; undefined when it serves none, or not yet. */
export async function findApp(send: typeof fetch): Promise<string | undefined> {
  const bases = listeningPorts().map((port) => `http://localhost:${port}`);
  const found = await Promise.all(bases.map((base) => isApp(send, base)));
  return bases.find((_, i) => found[i]);
}

async function isApp(send: typeof fetch, base: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await send(`${base}${HEALTH}`, { method: 'POST', signal, redirect: 'manual' });
    // Other servers of this process may answer whatever they are asked.
    const text = await response.text();
    return response.ok && /"healthy":\s*true|^Workflow \w+ ".*is healthy/.test(text);
  } catch {
    return false;
  }
}
