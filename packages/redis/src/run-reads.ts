import type { EntityKind, EntityRange, EntityRecord, RunRecord } from '@world/contract';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import { entityRecord, runRecord, statusInTail } from './records.js';

const STEP = 500;

/** Reads of a run and its entities, by the run's own slot. */
export class RunReads {
  readonly #connection: Connection;
  readonly #keys: Keys;

  constructor(connection: Connection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async run(runId: string): Promise<RunRecord | undefined> {
    const [tail, state] = await this.#fields(runId, 'tail', 'run');
    return tail && state ? runRecord(runId, tail, state) : undefined;
  }

  async entity(kind: EntityKind, runId: string, id: string): Promise<EntityRecord | undefined> {
    const [tail, cell] = await this.#fields(runId, 'tail', `c:${id}`);
    return tail && cell ? entityRecord({ runId, kind, id }, cell, statusInTail(tail)) : undefined;
  }

  /** Whether an event or entity of a run has this correlation id. */
  async hasCorrelated(runId: string, id: string): Promise<boolean> {
    const { run } = this.#keys.ofRun(runId);
    return (await this.#connection.call(({ client }) => client.hexists(run, `c:${id}`))) === 1;
  }

  /** Pages on until `limit` entities are found that show. */
  async entities(
    range: EntityRange & { readonly runId: string },
  ): Promise<readonly EntityRecord[]> {
    const { runId, kind, hiddenStatuses, order, limit } = range;
    const { run, created } = this.#keys.ofRun(runId);
    const shown: EntityRecord[] = [];
    let after: number | '' = range.after?.createdSeq ?? '';
    // Where many do not show, steps are longer than the page that is asked for.
    for (let size = limit; ; size = Math.max(limit, STEP)) {
      const args = [order, after, size];
      const reply = (await this.#connection.call((session) =>
        session.run('entities', [run, created[kind]], args),
      )) as readonly (Buffer | null)[];
      const page = decodePage(reply, runId, kind);
      shown.push(...page.filter(({ state }) => !hiddenStatuses.includes(state.status)));
      const last = page.at(-1);
      if (page.length < size || last === undefined || shown.length >= limit) {
        return shown.slice(0, limit);
      }
      after = Number(last.state.createdSeq);
    }
  }

  async #fields(runId: string, ...fields: string[]): Promise<readonly (Buffer | null)[]> {
    const { run } = this.#keys.ofRun(runId);
    return this.#connection.call(({ client }) => client.hmgetBuffer(run, ...fields));
  }
}

/** The tail of the run, then ids and cells in turn. */
function decodePage(
  [tail, ...rest]: readonly (Buffer | null)[],
  runId: string,
  kind: EntityKind,
): readonly EntityRecord[] {
  if (tail === null || tail === undefined) return [];
  const status = statusInTail(tail);
  return rest.flatMap((id, i) => {
    const cell = rest[i + 1];
    if (i % 2 === 1 || id === null || cell === null || cell === undefined) return [];
    return entityRecord({ runId, kind, id: String(id) }, cell, status) ?? [];
  });
}
