import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppFiles, AppProcess, openFolder, type Place, until } from '@world/app-process';
import type { RaceReport } from '../src/create-once.js';
import type { JournalLine } from '../src/journal.js';
import type { StoredPart } from '../src/stored.js';

/** A page of a list. */
export interface Page<T> {
  readonly data: T[];
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

export interface RunRow {
  readonly runId: string;
  readonly status: string;
  readonly createdAt: string;
}

export interface EventRow {
  readonly eventId: string;
  readonly eventType: string;
  readonly correlationId?: string;
  readonly createdAt: string;
}

export interface HookRow {
  readonly hookId: string;
  readonly token: string;
}

export interface RunState {
  readonly status: string;
  readonly error?: { readonly message: string; readonly code?: string };
}

const UNDER_TEST: AppFiles = {
  server: new URL('../dist/server.mjs', import.meta.url),
  folder: new URL('..', import.meta.url),
  ready: 'listening',
};

const OVER = ['completed', 'failed', 'cancelled'];

/** The app under test with a world of its own, asked over HTTP. */
export class App {
  readonly process: AppProcess;
  readonly #env: Readonly<Record<string, string>>;
  readonly #journal: string;
  readonly #close: () => Promise<void>;

  private constructor(
    process: AppProcess,
    env: Readonly<Record<string, string>>,
    journal: string,
    close: () => Promise<void>,
  ) {
    this.process = process;
    this.#env = env;
    this.#journal = journal;
    this.#close = close;
  }

  /** Starts it on a world with no data. */
  static async open(openPlace: () => Promise<Place>): Promise<App> {
    const place = await openPlace();
    const folder = await openFolder();
    const journal = join(folder.path, 'journal');
    await writeFile(journal, '');
    const env = { ...place.env, JOURNAL: journal };
    const process = await AppProcess.start(UNDER_TEST, env);
    return new App(process, env, journal, async () => {
      await process.stop();
      await place.close();
      await folder.remove();
    });
  }

  /** Starts another process of it, on the same data and with the same journal. */
  async openPeer(): Promise<App> {
    const process = await AppProcess.start(UNDER_TEST, this.#env);
    return new App(process, this.#env, this.#journal, () => process.stop());
  }

  /** Ends the process in order and removes the data. */
  close(): Promise<void> {
    return this.#close();
  }

  /** Starts a workflow; resolves to the id of the run. */
  async start(workflow: string, ...args: unknown[]): Promise<string> {
    const { runId } = await this.#post<{ runId: string }>('/runs', { workflow, args });
    return runId;
  }

  /** Resolves when a run is over. */
  over(runId: string, deadlineMs?: number): Promise<RunState> {
    return until(
      `${runId} is over`,
      async () => {
        const state = await this.#get<RunState>(`/runs/${runId}`);
        return OVER.includes(state.status) ? state : undefined;
      },
      deadlineMs,
    );
  }

  /** What a run returned; rejects when it has failed. */
  async result<T = unknown>(runId: string, deadlineMs?: number): Promise<T> {
    const { status, error } = await this.over(runId, deadlineMs);
    if (status !== 'completed') throw new Error(`${runId} ${status}: ${JSON.stringify(error)}`);
    return this.#get<T>(`/runs/${runId}/result`);
  }

  /** Starts a workflow and waits for what it returns. */
  async run<T = unknown>(workflow: string, ...args: unknown[]): Promise<T> {
    return this.result<T>(await this.start(workflow, ...args));
  }

  async cancel(runId: string): Promise<void> {
    await this.#post(`/runs/${runId}/cancel`, {});
  }

  runs(query: Record<string, string> = {}): Promise<Page<RunRow>> {
    return this.#get(`/runs?${new URLSearchParams(query)}`);
  }

  events(runId: string, query: Record<string, string> = {}): Promise<Page<EventRow>> {
    return this.#get(`/runs/${runId}/events?${new URLSearchParams(query)}`);
  }

  /** All data that the world holds of a run. */
  stored(runId: string): Promise<StoredPart[]> {
    return this.#get(`/runs/${runId}/stored`);
  }

  /** The hooks of a run, once it has some. */
  hooks(runId: string): Promise<HookRow[]> {
    return until(`${runId} has a hook`, async () => {
      const { data } = await this.#get<Page<HookRow>>(`/runs/${runId}/hooks`);
      return data.length > 0 ? data : undefined;
    });
  }

  /** Sends a payload to a hook; false when no hook has the token. */
  async resume(token: string, payload: unknown): Promise<boolean> {
    const response = await this.send(`/hooks/${token}`, 'POST', payload);
    if (response.ok) return true;
    const { name } = (await response.json()) as { name: string };
    if (name === 'HookNotFoundError') return false;
    throw new Error(`${token}: ${name}`);
  }

  /** The chunks of a run's stream, as they come. */
  async *chunks(runId: string, startIndex = 0): AsyncGenerator<unknown> {
    const { body } = await this.send(`/runs/${runId}/chunks?startIndex=${startIndex}`, 'GET');
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body as ReadableStream<Uint8Array>) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  }

  /** Lets the app answer the next deliveries with 503. */
  async refuse(count: number): Promise<void> {
    await this.#post('/refusals', { count });
  }

  /** How many deliveries are still to be refused. */
  async refusalsLeft(): Promise<number> {
    return (await this.#get<{ count: number }>('/refusals')).count;
  }

  raceCreateOnce(name: string): Promise<RaceReport> {
    return this.#post(`/create-once/${name}`, {});
  }

  /** What the steps of a run have written down so far. */
  async journal(runId: string): Promise<JournalLine[]> {
    const text = await readFile(this.#journal, 'utf8');
    // A line that is being written has no end yet.
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line): JournalLine => JSON.parse(line)).filter((one) => one.runId === runId);
  }

  /** How often each step of a run has begun, by label. */
  async executions(runId: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { label, phase } of await this.journal(runId)) {
      if (phase === 'begin') counts[label] = (counts[label] ?? 0) + 1;
    }
    return counts;
  }

  /** Any request. */
  send(path: string, method: string, body?: unknown): Promise<Response> {
    return fetch(`${this.process.url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
  }

  #get<T>(path: string): Promise<T> {
    return this.#json(path, 'GET');
  }

  #post<T>(path: string, body: unknown): Promise<T> {
    return this.#json(path, 'POST', body);
  }

  async #json<T>(path: string, method: string, body?: unknown): Promise<T> {
    const response = await this.send(path, method, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
}
