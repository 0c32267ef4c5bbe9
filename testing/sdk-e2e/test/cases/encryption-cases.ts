import { type Place, until } from '@world/app-process';
import { describe, expect, it } from 'vitest';
import type { StoredPart } from '../../src/stored.js';
import { App } from '../app.js';
import type { OpenedApp } from '../test-sdk.js';

/** Where a world holds what `carries` takes along. */
const PLACES = [
  'hook',
  'hook_created',
  'hook_received',
  'run',
  'run_completed',
  'run_created',
  'step',
  'step_completed',
  'step_created',
  'stream',
];

/** A run that `begin` has started. */
interface Carried {
  readonly runId: string;
  readonly token: string;
  readonly text: string;
}

/** Keys of `WORKFLOW_WORLD_KEYS`: what they hide, and how one follows the other. */
export function encryptionCases(
  app: OpenedApp,
  openPlace: () => Promise<Place>,
  { restart, encrypts }: { restart: boolean; encrypts: boolean },
): void {
  describe.skipIf(!encrypts)('encryption', () => {
    it('hides what a run carries wherever the world holds it, but not why a step failed: the SDK does not', async () => {
      expect(await placesOf(app())).toEqual(PLACES);
      await withKeys(openPlace, newKey(), async (own) => {
        expect(await placesOf(own)).toEqual([]);
        const text = newText();
        const runId = await own.start('failsWith', text);
        expect((await own.over(runId)).status).toBe('failed');
        const places = inTheClear(await own.stored(runId), text);
        expect(places).toEqual(['run', 'run_failed', 'step', 'step_failed']);
      });
    });

    it.skipIf(!restart)(
      'uses a new key for new runs, and the old one for runs that it began (needs data that outlives the process)',
      { timeout: 120_000 },
      async () => {
        const [old, next] = [newKey(), newKey()];
        await withKeys(openPlace, old, async (own) => {
          const before = await begin(own);
          await finish(own, before);
          const across = await begin(own);

          const since = `${new Date().toISOString()}=${next}`;
          await restarted(own, `${since},${old}`);
          expect(await own.result(before.runId)).toBe(before.text);
          expect(await chunksOf(own, before.runId)).toEqual([before.text]);
          await finish(own, across);
          const after = await begin(own);
          await finish(own, after);

          await restarted(own, since);
          expect(await own.result(after.runId)).toBe(after.text);
          for (const { runId } of [before, across]) {
            const refused = await own.send(`/runs/${runId}/result`, 'GET');
            expect(refused.status).toBe(500);
            expect(await refused.json()).toMatchObject({
              name: 'WorkflowWorldError',
              code: 'INVALID_ARGUMENT',
              message: expect.stringContaining('older than every key'),
            });
          }
        });
      },
    );
  });
}

const newKey = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
const newText = (): string => `marker-${crypto.randomUUID()}`;

/** Lets a body use an app with keys, on data of its own. */
async function withKeys(
  openPlace: () => Promise<Place>,
  keys: string,
  body: (app: App) => Promise<void>,
): Promise<void> {
  const app = await App.open(async () => {
    const place = await openPlace();
    return { ...place, env: { ...place.env, WORKFLOW_WORLD_KEYS: keys } };
  });
  try {
    await body(app);
  } catch (error) {
    console.error(app.process.output);
    throw error;
  } finally {
    await app.close();
  }
}

async function restarted(app: App, keys: string): Promise<void> {
  await app.process.stop();
  await app.process.start({ WORKFLOW_WORLD_KEYS: keys });
}

/** Starts a run that carries a text, and lets it come as far as its hook. */
async function begin(app: App): Promise<Carried> {
  const [token, text] = [crypto.randomUUID(), newText()];
  const runId = await app.start('carries', token, text);
  await app.hooks(runId);
  return { runId, token, text };
}

/** Sends the text to the hook, and sees that the run gives it back. */
async function finish(app: App, { runId, token, text }: Carried): Promise<void> {
  await until(`${token} takes a payload`, async () =>
    (await app.resume(token, { text })) ? true : undefined,
  );
  expect(await app.result(runId)).toBe(text);
  expect(await chunksOf(app, runId)).toEqual([text]);
}

async function chunksOf(app: App, runId: string): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of app.chunks(runId)) chunks.push(chunk);
  return chunks;
}

/** Where the world holds the text of a run in the clear: while its hook waits, or after its end. */
async function placesOf(app: App): Promise<string[]> {
  const carried = await begin(app);
  const parts = await app.stored(carried.runId);
  await finish(app, carried);
  parts.push(...(await app.stored(carried.runId)));
  return inTheClear(parts, carried.text);
}

function inTheClear(parts: readonly StoredPart[], text: string): string[] {
  const clear = parts.filter((one) => one.text.includes(text));
  return [...new Set(clear.map(({ what }) => what))].toSorted();
}
