import { randomBytes } from 'node:crypto';
import type { Claimed, ClaimRequest, MessageStore, Topic } from '@world/contract';
import type { Connection, Use } from './connection.js';
import type { MessageTable } from './message-table.js';

/** The queue of a file: each call a transaction. Workers of this instance are told; those of others look. */
export function sqliteMessages(use: Use, place: string): MessageStore {
  const listeners = new Set<() => void>();
  const told = <T>(value: T): T => {
    for (const listener of listeners) listener();
    return value;
  };
  const claim = async (connection: Connection, request: ClaimRequest): Promise<Claimed> => {
    const { messages: table } = connection;
    const { topic } = request;
    const before = nextIn(table, topic);
    if (before.nextInMs !== 0) return { messages: [], ...before };
    const messages = await connection.write(() => table.claim(request, Date.now()));
    return { messages, ...nextIn(table, topic) };
  };
  return {
    place,
    enqueue: async (message) =>
      told(await use((c) => c.write(() => c.messages.enqueue(message, Date.now())))),
    claim: (request) => use((connection) => claim(connection, request)),
    extend: (claims, leaseMs) =>
      use((c) => c.write(() => c.messages.extend(claims, leaseMs, Date.now()))),
    settle: async (one, settlement) =>
      told(await use((c) => c.write(() => c.messages.settle(one, settlement, Date.now())))),
    list: (range) => use(({ messages }) => messages.list(range)),
    redrive: async (messageId) =>
      told(await use((c) => c.write(() => c.messages.redrive(messageId, Date.now())))),
    secret: () => use((c) => c.write(() => c.messages.secret(randomBytes(32)))),
    subscribe(onDue) {
      const listener = (): void => onDue();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** When to look again; 0 when something is due. One time for both questions: what is due in between would be seen by neither. */
function nextIn(table: MessageTable, topic: Topic): Pick<Claimed, 'nextInMs'> {
  const now = Date.now();
  if (table.isDue(topic, now)) return { nextInMs: 0 };
  const next = table.nextDue(topic, now);
  return next === undefined ? {} : { nextInMs: next - now };
}
