import { randomBytes } from 'node:crypto';
import type { Claimed, ClaimRequest, MessageStore } from '@world/contract';
import type { Connection, Use } from './connection.js';

/** The queue of a file: each call a transaction. Workers of this instance are told; those of others look. */
export function sqliteMessages(use: Use): MessageStore {
  const listeners = new Set<() => void>();
  const told = <T>(value: T): T => {
    for (const listener of listeners) listener();
    return value;
  };
  const claim = async (connection: Connection, request: ClaimRequest): Promise<Claimed> => {
    const { messages: table } = connection;
    const now = Date.now();
    const messages = table.isDue(request.topic, now)
      ? await connection.write(() => table.claim(request, Date.now()))
      : [];
    const next = table.nextDue(request.topic, now);
    return { messages, ...(next !== undefined && { nextInMs: Math.max(0, next - Date.now()) }) };
  };
  return {
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
