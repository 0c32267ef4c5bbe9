import type { EventRange, EventRecord } from '@world/contract';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import { eventRecord, type LogEntry } from './records.js';

/** Reads of logs. Each is one command, so nothing can come between its parts. */
export class LogReads {
  readonly #connection: Connection;
  readonly #keys: Keys;

  constructor(connection: Connection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async range(range: EventRange): Promise<readonly EventRecord[]> {
    const { runId, correlationId, afterSeq, order, limit } = range;
    const { run, log } = this.#keys.ofRun(runId);
    const entries = await this.#connection.call(async (session) => {
      if (correlationId !== undefined) {
        const args = [correlationId, order, afterSeq ?? '', limit];
        return session.run('correlatedEvents', [run, log], args);
      }
      const { client } = session;
      return order === 'asc'
        ? client.xrangeBuffer(log, `${(afterSeq ?? 0) + 1}-0`, '+', 'COUNT', limit)
        : client.xrevrangeBuffer(
            log,
            afterSeq === undefined ? '+' : `(${Math.max(0, afterSeq)}-0`,
            '-',
            'COUNT',
            limit,
          );
    });
    return (entries as readonly LogEntry[]).map((entry) => eventRecord(runId, entry));
  }

  async at(
    positions: readonly { readonly runId: string; readonly seq: number }[],
  ): Promise<readonly EventRecord[]> {
    const found = await Promise.all(
      positions.map(async ({ runId, seq }) => {
        const { log } = this.#keys.ofRun(runId);
        const id = `${seq}-0`;
        const entries = await this.#connection.call(({ client }) =>
          client.xrangeBuffer(log, id, id),
        );
        return (entries as unknown as readonly LogEntry[]).map((entry) =>
          eventRecord(runId, entry),
        );
      }),
    );
    return found.flat();
  }
}
