import type { MessageStore } from '@world/contract';
import type { MethodName } from './methods.js';
import type { Transport } from './transport.js';
import type { Watches } from './watches.js';

/**
 * The messages of the world behind the server. Every call bears to be made twice: ids are the client's, claims whose answer was
 * lost run out, and what was settled already says so.
 */
export function remoteMessages(
  transport: Transport,
  watches: Watches,
  place: string,
): MessageStore {
  const call = <T>(name: MethodName, args: object): Promise<T> =>
    transport.call(name, args) as Promise<T>;
  return {
    place,
    enqueue: (message) => call('messages.enqueue', { message }),
    claim: (request) => call('messages.claim', { request }),
    extend: (claims, leaseMs) => call('messages.extend', { claims, leaseMs }),
    settle: (claim, settlement) => call('messages.settle', { claim, settlement }),
    list: (params) => call('messages.list', { params }),
    redrive: (messageId) => call('messages.redrive', { messageId }),
    secret: () => call('messages.secret', {}),
    subscribe: (onDue) => watches.add({}, onDue),
  };
}
